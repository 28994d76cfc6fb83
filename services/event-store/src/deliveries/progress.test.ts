import { createVirtualClock } from '@fanfare/core';
import { closedBreaker } from './breaker';
import { openStates, type Failure } from './failure';
import { createProgressLog, type ProgressLog, type ProgressLogOptions } from './progress';
import type { Progress } from './progress-store';
import { toBreakerColumns } from './state-rows';

const orderKey = 'subject-1';

const openLog = (parts: Partial<ProgressLogOptions> = {}): ProgressLog =>
  createProgressLog({
    state: {
      observer_id: 'billing',
      position: 0,
      ...toBreakerColumns(closedBreaker),
      last_delivery_at: null,
      attempts: 0,
      failed_attempts: 0,
      superseded: 0,
      blocked: null,
      owner: 'this instance',
      lease_until: 0,
      fence: 1,
    },
    openKeys: new Map(),
    open: openStates('skip'),
    store: { save: () => Promise.resolve(true) },
    clock: createVirtualClock(),
    breaker: () => closedBreaker,
    blocked: () => null,
    onSaved: () => undefined,
    onLost: () => undefined,
    onFailure: () => undefined,
    signal: new AbortController().signal,
    ...parts,
  });

const failureAt = (position: number, state: Failure['state']): Failure => ({
  id: `failure-${position}`,
  position,
  eventId: `event-${position}`,
  eventType: 'custom',
  orderKey,
  state,
  attempts: 1,
  nextAttemptAt: null,
  failedAt: null,
  lastRetryAt: null,
  error: null,
  editedData: null,
});

describe('what is known of the deliveries to an observer', () => {
  it('holds up a subject from its first failure on, until all that is kept of it is delivered or given up', () => {
    const progress = openLog();
    const failed = failureAt(1, 'retry');
    const behind = failureAt(2, 'waiting');
    const seen: (readonly [isOpen: boolean, kept: number])[] = [];
    const look = () => seen.push([progress.isOpen(orderKey), progress.waiting.kept]);

    progress.enter(1)({ position: 1, orderKey, after: failed });
    look();
    progress.enter(2)({ position: 2, orderKey, after: behind });
    look();
    progress.note({ position: 1, orderKey, before: failed });
    look();
    progress.note({ position: 2, orderKey, before: behind, after: failureAt(2, 'dead') });
    look();

    expect(seen).toEqual([
      [true, 1],
      [true, 2],
      [true, 1],
      [false, 0],
    ]);
  });

  it('forgets an event in whose place another has come, also while an earlier one keeps it from being written down', async () => {
    const written: Progress[] = [];
    const progress = openLog({ store: { save: (next) => Promise.resolve(written.push(next) > 0) } });
    const earlier = progress.enter(1);
    const held = failureAt(2, 'retry');
    progress.enter(2)({ position: 2, orderKey, after: held });

    const superseded = { position: 2, orderKey, before: held, isSuperseded: true } as const;
    progress.note(superseded);
    await progress.flush();
    expect([written.length, progress.waiting.kept, progress.isOpen(orderKey)]).toEqual([0, 0, false]);
    earlier();
    await progress.flush();

    expect(written).toMatchObject([{ cursor: 2, effects: [superseded] }]);
  });

  it('is written down also when there is no time left to try that again', async () => {
    const saved: Progress[] = [];
    const save = (next: Progress) => Promise.resolve(saved.push(next) > 0);
    const progress = openLog({ store: { save }, signal: AbortSignal.abort() });
    progress.enter(1)({ position: 1, orderKey });

    await progress.flush();

    expect(saved).toMatchObject([{ cursor: 1, effects: [{ position: 1 }] }]);
  });
});
