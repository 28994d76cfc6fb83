import { createVirtualClock } from '@fanfare/core';
import { closedBreaker } from './breaker';
import { openStates, type Failure } from './failure';
import { createProgressLog, type ProgressLog } from './progress';
import { toBreakerColumns } from './state-rows';

const orderKey = 'subject-1';

const openLog = (): ProgressLog =>
  createProgressLog({
    state: {
      observer_id: 'billing',
      position: 0,
      ...toBreakerColumns(closedBreaker),
      last_delivery_at: null,
      attempts: 0,
      failed_attempts: 0,
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
});
