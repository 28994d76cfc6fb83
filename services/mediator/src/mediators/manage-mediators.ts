import { isDeepStrictEqual } from 'node:util';
import { mediatorCreated, mediatorDeleted, mediatorUpdated, type TraceContext } from '@fanfare/contracts';
import { hasCode } from '@fanfare/core';
import type { Transaction } from '@fanfare/storage';
import { requireSize } from '../message-size';
import type { Part, PartDeps } from '../part';
import { refuse } from '../problems';
import { colleagueStore } from './colleague-store';
import { countFewer, countOneMore, takeMediatorKey } from './count-limits';
import { noSuchMediator } from './not-found';
import type { MediatorChangeBody, NewMediatorBody } from './mediator-schemas';
import type { Mediator } from './mediator';
import { fromMediatorRow, mediatorStore, type NewMediator } from './mediator-store';
import type { MediatorRow } from './mediator-tables';

export type ManageMediatorsDeps = Pick<PartDeps, 'config' | 'clock' | 'newId' | 'announce'> & {
  /** Whose objects end with their mediator. */
  readonly parts: readonly Pick<Part, 'onMediatorRemoved'>[];
};

/** Making, changing and removing mediators, each in the transaction of its caller. */
export interface ManageMediators {
  /** Throws `already-exists`, `max-mediators-reached`. */
  create(tx: Transaction, body: NewMediatorBody, trace: TraceContext): Promise<void>;
  change(tx: Transaction, name: string, change: MediatorChangeBody, trace: TraceContext): Promise<void>;
  /** Ends what is open in it. The name is free with the commit. */
  remove(tx: Transaction, name: string, trace: TraceContext): Promise<void>;
}

export function createManageMediators(deps: ManageMediatorsDeps): ManageMediators {
  const { config, clock, newId, announce, parts } = deps;
  return {
    async create(tx, body, trace) {
      requireSize(body.metadata, config.maxMessageBytes, 'metadata');
      const key = await takeMediatorKey(tx);
      await insertNew(tx, { ...body, key, revision: newId(), at: clock.now() });
      await countOneMore(tx, 'mediators', config.maxMediators);
      announce(tx, mediatorCreated, { mediator: body.name, kind: body.kind, ...told(body) }, trace);
    },

    async change(tx, name, change, trace) {
      requireSize(change.metadata, config.maxMessageBytes, 'metadata');
      const before = fromMediatorRow(await lockMediator(tx, name));
      const { description = before.description, metadata = before.metadata } = change;
      const after = { description, metadata };
      if (isDeepStrictEqual({ ...before, ...after }, before)) return;
      await mediatorStore.update(tx, before.key, after, clock.now());
      await mediatorStore.setRevision(tx, before.key, newId());
      announce(tx, mediatorUpdated, { mediator: name, ...told(after) }, trace);
    },

    async remove(tx, name, trace) {
      const { mediator_key: key } = await lockMediator(tx, name);
      for (const part of parts) await part.onMediatorRemoved?.(tx, key);
      const colleagues = await colleagueStore.removeAll(tx, key);
      await mediatorStore.remove(tx, key);
      await countFewer(tx, 'colleagues', colleagues);
      await countFewer(tx, 'mediators', 1);
      announce(tx, mediatorDeleted, { mediator: name }, trace);
    },
  };
}

/** Keeps everybody else out of the mediator until the transaction ends. */
export async function lockMediator(tx: Transaction, name: string): Promise<MediatorRow> {
  const row = await mediatorStore.lock(tx, name);
  if (!row) throw noSuchMediator(name);
  return row;
}

async function insertNew(tx: Transaction, mediator: NewMediator): Promise<void> {
  try {
    await mediatorStore.insert(tx, mediator);
  } catch (error) {
    if (!hasCode(error, 'already_exists')) throw error;
    throw refuse('already-exists', `there is a mediator ${mediator.name} already`);
  }
}

/** What events tell of a mediator, beside its name. */
function told({ description, metadata }: Pick<Mediator, 'description' | 'metadata'>) {
  return { ...(description !== null && { description }), ...(metadata !== null && { metadata }) };
}
