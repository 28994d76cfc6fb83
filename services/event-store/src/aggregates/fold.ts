import { eventNameOf } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import type { LogEvent, StreamName } from '@fanfare/storage';
import { liftEvent, metadataOf } from '../events/event-record';
import type { Aggregate, Evolve, StateChange } from './aggregate';
import { evolveCustom } from './custom';
import { asJsonObject, type JsonObject } from './json-object';
import { mergePatch } from './merge-patch';
import { evolveOrder } from './order';
import { evolvePayment } from './payment';
import { evolveUser } from './user';

/**
 * Grows whenever the same events would give another state than before: with a change to a fold, or a new upcaster.
 * Snapshots of another version are not used, and are made again.
 */
export const foldVersion = 2;

const folds: Readonly<Record<string, Evolve>> = {
  user: evolveUser,
  order: evolveOrder,
  payment: evolvePayment,
};

const activity: Readonly<Record<string, boolean>> = {
  created: true,
  activated: true,
  deactivated: false,
  deleted: false,
};

/**
 * Folds one more event of its history into an aggregate; null stands for what was before its first event. Events are lifted
 * to their newest version. Data that was erased takes the whole state with it, for good or until the aggregate is created
 * anew. Pure; throws `internal` for an event that is not the next one.
 */
export function applyEvent(aggregate: Aggregate | null, logged: LogEvent, lift = liftEvent): Aggregate {
  const { stream, version, recordedAt, isErased } = logged;
  if (!stream || version === null || version !== (aggregate?.version ?? -1) + 1) {
    throw new AppError(
      'internal',
      `event ${logged.event.id} does not follow version ${aggregate?.version ?? -1}`,
    );
  }
  const before = aggregate ?? beginAggregate(stream, recordedAt);
  const event = lift(logged);
  const change = {
    name: eventNameOf(event.type),
    data: asJsonObject(event.data),
    time: event.time ?? recordedAt.toISOString(),
  };
  const next = isErased ? erased : evolve(before, change, metadataOf(event));
  return { ...before, ...next, version, updatedAt: recordedAt };
}

type Told = Pick<Aggregate, 'state' | 'isActive' | 'metadata'>;

const erased: Told = { state: null, isActive: false, metadata: {} };

function evolve(before: Aggregate, change: StateChange, metadata: JsonObject): Told {
  const { type, state } = before;
  // an event that is named `custom` says no more than that its data is to be merged
  const fold = change.name === 'custom' ? undefined : folds[type];
  const [subject, verb] = splitName(change.name);
  const isOwn = !fold || subject === type;
  if (state === null && !(isOwn && verb === 'created')) return erased;
  const next = (fold ?? evolveCustom)(state ?? {}, change);
  const isActive = isOwn ? activity[verb] : undefined;
  const isUnknown = next === state && isActive === undefined;
  return {
    state: next,
    isActive: isActive ?? before.isActive,
    metadata: isUnknown ? before.metadata : mergePatch(before.metadata, metadata),
  };
}

function splitName(name: string): readonly [string, string] {
  const dot = name.lastIndexOf('.');
  return [name.slice(0, Math.max(0, dot)), name.slice(dot + 1)];
}

/** An aggregate before its first event, or before the first one that is left of it. */
export function beginAggregate({ id, type }: StreamName, createdAt: Date): Aggregate {
  return { id, type, version: -1, state: {}, createdAt, updatedAt: createdAt, isActive: true, metadata: {} };
}
