import type { TraceContext } from '@fanfare/contracts';
import type { Transaction } from '@fanfare/storage';
import { createOnceIn, hashRequest, type Created } from '../../../create-once';
import type { MediatorEntry } from '../../../mediators/directory';
import { requireKind } from '../../../mediators/require-kind';
import { requireSize } from '../../../message-size';
import type { PartDeps } from '../../../part';
import { resolveDefinition } from '../definitions/definition-schema';
import type { Definitions } from '../definitions/definitions';
import { noSuchDefinition } from '../definitions/manage-definitions';
import { noSuchRun, type Engine } from './engine';
import type { RunInput } from './run-input';
import type { NewRunBody } from './run-schemas';
import { runStore, type StoredRun } from './run-store';

/** What clients do with runs, each in the transaction of its caller. */
export interface UseRuns {
  /** Throws `not-found` for a definition that is not there, `already-exists` for an id that another call has used. */
  start(tx: Transaction, request: StartRequest): Promise<Created<StoredRun>>;
  /** Throws `illegal-transition` for what the state of the run forbids. */
  act(tx: Transaction, mediator: string, id: string, action: Action): Promise<StoredRun>;
  signal(tx: Transaction, mediator: string, runId: string, signal: NewSignal): Promise<Created<Signal>>;
}

export interface StartRequest {
  readonly mediator: string;
  readonly body: NewRunBody;
  readonly trace: TraceContext;
}

export type Action = Extract<RunInput, { kind: 'pause' | 'resume' | 'cancel' | 'retry' }>;

export interface NewSignal {
  readonly id?: string | undefined;
  readonly name: string;
  readonly data?: unknown;
}

export interface Signal extends NewSignal {
  readonly id: string;
  readonly receivedAt: Date;
}

export type UseRunsDeps = Pick<PartDeps, 'config' | 'directory' | 'clock' | 'newId'> & {
  readonly definitions: Pick<Definitions, 'find' | 'requireSound'>;
  readonly engine: Engine;
};

export function createUseRuns(deps: UseRunsDeps): UseRuns {
  const { config, directory, clock, newId, engine } = deps;
  const findDefinition = createFindDefinition(deps);

  async function enter(tx: Transaction, mediator: string): Promise<MediatorEntry> {
    const entry = await directory.enter(tx, mediator);
    requireKind(entry, 'workflow');
    return entry;
  }

  return {
    async start(tx, { mediator, body, trace }) {
      requireSize(body.data, config.maxMessageBytes, 'data');
      const entry = await enter(tx, mediator);
      const requestHash = hashRequest(body);
      const { key } = entry.mediator;
      const id = body.id ?? newId();
      return createOnceIn(tx, {
        noun: 'workflow',
        id,
        requestHash,
        async find() {
          const found = body.id === undefined ? null : await runStore.find(tx.queries, key, id);
          return found && { requestHash: found.requestHash, object: found };
        },
        async create() {
          const defined = await findDefinition(tx, entry, body);
          const { data, handler_id: handlerId, estimated_time: estimatedTime } = body;
          return engine.begin(tx, entry, {
            id,
            ...defined,
            data,
            handlerId,
            estimatedTime,
            trace,
            requestHash,
            parent: null,
          });
        },
      });
    },

    async act(tx, mediator, id, action) {
      const entry = await enter(tx, mediator);
      const told = await engine.tell(tx, entry, id, action);
      if (!told) throw noSuchRun(mediator, id);
      return told.stored;
    },

    async signal(tx, mediator, runId, { id = newId(), name, data = null }) {
      requireSize(data, config.maxMessageBytes, 'data');
      const entry = await enter(tx, mediator);
      const { key } = entry.mediator;
      const requestHash = hashRequest({ name, data });
      const signalAt = (receivedAt: Date) => ({ id, name, data, receivedAt });
      // of two that are the same and come at once, the second waits here for the first
      if (!(await runStore.lock(tx, key, runId))) throw noSuchRun(mediator, runId);
      return createOnceIn(tx, {
        noun: 'signal',
        id,
        requestHash,
        async find() {
          const found = await runStore.findSignal(tx, key, runId, id);
          return found && { requestHash: found.requestHash, object: signalAt(new Date(found.receivedAt)) };
        },
        async create() {
          const now = clock.now();
          await engine.tell(tx, entry, runId, { kind: 'signal', id, name, data });
          const place = { mediator_key: key, run_id: runId, id };
          await runStore.insertSignal(tx, {
            ...place,
            request_hash: requestHash,
            received_at: now.getTime(),
          });
          return signalAt(now);
        },
      });
    },
  };
}

/** The definition by which a run goes: its own, or one that is there. Its time limit may be its own in any case. */
function createFindDefinition({ definitions }: Pick<UseRunsDeps, 'definitions'>) {
  return async function findDefinition(
    tx: Transaction,
    { mediator }: MediatorEntry,
    { name, version, type, steps, timeout_ms }: NewRunBody,
  ) {
    if (steps) {
      const definition = resolveDefinition({ name, type, steps, timeout_ms });
      await definitions.requireSound(tx.queries, mediator.key, definition);
      return { definition, version: null };
    }
    const found = await definitions.find(tx.queries, mediator.key, name, version ?? undefined);
    if (!found) throw noSuchDefinition(mediator.name, name, version ?? undefined);
    const timeoutMs = timeout_ms ?? found.definition.timeoutMs;
    return { definition: { ...found.definition, timeoutMs }, version: found.version };
  };
}
