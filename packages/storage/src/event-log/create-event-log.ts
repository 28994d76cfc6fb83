import { AppError, createIdGenerator, type Clock } from '@fanfare/core';
import { createCallsUnderWay } from '../calls-under-way';
import type { CommitStore } from './commit-store';
import { createHeadWatch } from './create-head-watch';
import { createReader } from './create-reader';
import { createWriter } from './create-writer';
import { eraseSubject, truncateBefore } from './discard-events';
import { erasureRecord } from './erasure-records';
import type { AppendRequest, EventLog } from './event-log';
import { maxBytes, maxSealedBytes, prepareAppend } from './prepare-append';
import { readChain } from './read-chain';
import { createSaltGenerator } from './salts';
import { createStreamSettling } from './settle-streams';
import { noSealer, type Sealer } from '../sealing/sealer';
import { sealCommits } from './seal-commits';
import type { CheckpointSigner } from './sign-checkpoint';
import { assertNotReserved } from './stream-settings';
import { verifyChain } from './verify-chain';

export interface EventLogDeps {
  readonly store: CommitStore;
  readonly clock: Clock;
  /** Signs checkpoints and tells forged ones. */
  readonly signer?: CheckpointSigner | undefined;
  /** Seals the data of events. */
  readonly sealer?: Sealer | undefined;
  /** Types of events that tell in `data.subject` whose events before them have been erased, besides the log's own. */
  readonly erasureTypes?: readonly string[] | undefined;
  /** Beyond so many waiting appends they are refused with `unavailable`. */
  readonly maxWaiting?: number | undefined;
  readonly newId?: () => string;
  readonly newSalt?: () => string;
}

/** Makes of a store, which only keeps commits, an event log; closing it closes the store. */
export function createEventLog(deps: EventLogDeps): EventLog {
  const { store: sealed, clock, signer, sealer = noSealer, erasureTypes = [], maxWaiting } = deps;
  const { newId = createIdGenerator(clock), newSalt = createSaltGenerator() } = deps;
  const store = sealCommits(sealed, sealer);
  const watch = createHeadWatch({ store, clock });
  const write = createWriter({ store, clock, maxWaiting, onCommit: watch.announce });
  const { renewSettings, ...settling } = createStreamSettling({ store, newId, append });
  const calls = createCallsUnderWay('the event log');

  function append(request: AppendRequest) {
    return calls.run(() => write(prepareAppend(request, newSalt, sealer.isOn ? maxSealedBytes : maxBytes)));
  }

  async function recordErasure(subject: string): Promise<number> {
    const events = [erasureRecord(newId(), subject)];
    return (await append({ appends: [{ stream: null, expected: 'any', events }] })).position;
  }

  return {
    async append(request) {
      for (const { stream } of request.appends) if (stream) assertNotReserved(stream.id);
      return append(request);
    },
    ...createReader({ store, clock }),
    ...settling,
    head: async () => (await store.tail()).position,
    waitFor: (position, signal) => watch.waitFor(position, signal),
    cursor: (name) => store.cursor(name),
    verify: (options = {}) => verifyChain(sealed, { signer, sealer, erasureTypes }, options),
    readChain: (position, limit) => readChain(store, position, limit),
    readCheckpoints: (limit) => store.readCheckpoints(limit),
    readCheckpointsFrom: (position, limit) => store.readCheckpointsFrom(position, limit),
    async checkpoint() {
      if (!signer) throw new AppError('invalid', 'the event log has no key to sign with');
      const checkpoint = signer.sign(await store.tail(), clock.now());
      await store.addCheckpoint(checkpoint);
      return checkpoint;
    },
    // neither has to know what it removes, so they need no key
    erase: ({ subject }) => eraseSubject({ store: sealed, record: recordErasure }, subject),
    truncate: (position) => truncateBefore({ store: sealed, renewSettings }, position),
    ping: () => store.ping(),
    poolState: sealed.poolState,
    close() {
      watch.close();
      return calls.close(() => store.close());
    },
  };
}
