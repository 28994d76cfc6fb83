import { AppError, createVirtualClock, type Clock, type VirtualClock } from '@fanfare/core';
import { createSuspendableClock } from '@fanfare/core/testing';
import { openDatabase, type Database } from '@fanfare/storage';
import { migrateMessaging } from '../messaging-tables';
import { holdLease, type HeldLease } from './hold-lease';
import { createLease, type Lease } from './lease';

const ttlMs = 900;

describe('work under a lease', () => {
  let clock: VirtualClock;
  let database: Database;

  beforeEach(async () => {
    clock = createVirtualClock();
    database = await openDatabase('sqlite::memory:', { clock });
    await migrateMessaging(database);
  });
  afterEach(() => database.close());

  const leaseOf = (owner: string) => createLease({ database, clock, name: 'work', owner, ttlMs });

  /** Work that ends when it is told to, by the test or by the loss of its lease. */
  function hold(lease: Lease, its: Clock = clock) {
    const stop = new AbortController();
    const end = new AbortController();
    const seen: { held?: HeldLease; isOver: boolean } = { isOver: false };
    const running = holdLease(lease, { clock: its, signal: stop.signal }, async (held) => {
      seen.held = held;
      await its.sleep(1_000_000, AbortSignal.any([held.signal, end.signal]));
    }).finally(() => {
      seen.isOver = true;
    });
    const until = (controller: AbortController) => async () => {
      controller.abort();
      await running;
    };
    return { seen, running, stop: until(stop), end: until(end) };
  }

  it('keeps it however long the work takes, and gives it back at the end', async () => {
    const { seen, end } = hold(leaseOf('first'));
    for (let part = 0; part < 5; part += 1) {
      await clock.advance(ttlMs);
      expect(await leaseOf('second').acquire()).toBeNull();
    }
    expect([seen.held?.fence, seen.held?.signal.aborted]).toEqual([1, false]);

    await end();

    expect(await leaseOf('second').acquire()).toBe(2);
    expect(clock.pending).toBe(0);
  });

  it('gives it back when the work fails, and says why it failed', async () => {
    const failing = holdLease(leaseOf('first'), { clock, signal: new AbortController().signal }, () =>
      Promise.reject(new Error('no more paper')),
    );

    await expect(failing).rejects.toThrow('no more paper');
    expect(await leaseOf('second').acquire()).toBe(2);
  });

  it('ends when whoever asked for it wants it to', async () => {
    const { stop } = hold(leaseOf('first'));
    await clock.advance(1);

    await stop();

    expect(await leaseOf('second').acquire()).toBe(2);
  });

  it('is not done while another has it', async () => {
    await leaseOf('second').acquire();
    const { seen } = hold(leaseOf('first'));

    await clock.advance(ttlMs / 3);

    expect(seen).toEqual({ isOver: true });
  });

  it.each([
    ['has it', () => Promise.resolve()],
    ['has had it and given it back', (other: Lease) => other.release()],
  ])('is told to end when it slept and another %s meanwhile', async (_, thenOther) => {
    const its = createSuspendableClock(clock);
    const { seen } = hold(leaseOf('first'), its);
    await clock.advance(1);
    its.suspend();
    await clock.advance(ttlMs + 1);
    const other = leaseOf('second');
    expect(await other.acquire()).toBe(2);
    await thenOther(other);

    its.resume();
    await clock.advance(1);

    expect(seen.held?.signal.aborted).toBe(true);
    expect(seen.isOver).toBe(true);
  });

  it.each([
    ['goes on when the database is back before it runs out', ttlMs / 2, false],
    ['is told to end when the database stays away until it has run out', ttlMs * 2, true],
  ])('%s', async (_, awayMs, isLost) => {
    const lease = leaseOf('first');
    const away = { untilMs: 0 };
    const { seen } = hold({
      ...lease,
      acquire: () =>
        clock.elapsedMs() < away.untilMs
          ? Promise.reject(new AppError('unavailable', 'the database is away'))
          : lease.acquire(),
    });
    await clock.advance(1);
    away.untilMs = clock.elapsedMs() + awayMs;

    await clock.advance(awayMs + ttlMs / 3);

    expect(seen.held?.signal.aborted).toBe(isLost);
  });
});
