import { eventNameOf } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import type { LogEvent, StreamName } from '@fanfare/storage';
import { liftEvent, metadataOf } from '../events/event-record';
import type { Aggregate, Evolve, StateChange } from './aggregate';
import { evolveCustom } from './custom';
import { asJsonObject } from './json-object';
import { mergePatch } from './merge-patch';
import { evolveOrder } from './order';
import { evolvePayment } from './payment';
import { evolveUser } from './user';

/**
 * Grows whenever the same events would give another state than before: with a change to a fold, or a new upcaster.
 * Snapshots of another version are not used, and are made again.
 */
export const foldVersion = 1;

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
  const next = isErased ? erased : evolve(before, change);
  return {
    ...before,
    ...next,
    version,
    updatedAt: recordedAt,
    metadata: isErased ? {} : mergePatch(before.metadata, metadataOf(event)),
  };
}

type Told = Pick<Aggregate, 'state' | 'isActive'>;

const erased: Told = { state: null, isActive: false };

function evolve({ type, state, isActive }: Aggregate, change: StateChange): Told {
  // an event that is named `custom` says no more than that its data is to be merged
  const fold = change.name === 'custom' ? undefined : folds[type];
  const [subject, verb] = splitName(change.name);
  const isKnown = !fold || subject === type;
  if (state === null && !(isKnown && verb === 'created')) return erased;
  return {
    state: (fold ?? evolveCustom)(state ?? {}, change),
    isActive: isKnown ? (activity[verb] ?? isActive) : isActive,
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
