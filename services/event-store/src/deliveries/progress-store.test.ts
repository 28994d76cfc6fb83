import path from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { closedBreaker } from './breaker';
import { createDeliveryCounts } from './delivery-counts';
import { createDeliveryStates, type DeliveryStates } from './delivery-states';
import type { Failure } from './failure';
import type { Effect } from './judge-outcome';
import { listAttempts } from './attempt-store';
import { createObserverLeases } from './observer-leases';
import type { Outcome } from './outcome';
import { createProgressStore, type Progress, type ProgressStore } from './progress-store';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const now = new Date('2026-01-01T00:00:00.000Z');
const delivered = (durationMs: number): Outcome => ({ result: 'delivered', statusCode: 204, durationMs });
const page = { limit: 1_000, order: 'asc' } as const;

const failure = (position: number, parts: Partial<Failure> = {}): Failure => ({
  id: `f-${position}`,
  position,
  eventId: `e-${position}`,
  eventType: 'com.fanfare.user.created.v1',
  orderKey: 'k',
  state: 'waiting',
  attempts: 0,
  nextAttemptAt: null,
  failedAt: null,
  lastRetryAt: null,
  error: null,
  editedData: null,
  ...parts,
});

const attempted = (position: number, outcome: Outcome): Effect => ({
  position,
  orderKey: 'k',
  attempt: {
    position,
    eventId: `e-${position}`,
    eventType: 'com.fanfare.user.created.v1',
    orderKey: 'k',
    attempt: 1,
    at: now,
    outcome,
  },
});

const kept = (after: Failure): Effect => ({ position: after.position, orderKey: after.orderKey, after });
const cleared = (before: Failure): Effect => ({
  position: before.position,
  orderKey: before.orderKey,
  before,
});

describeOnEveryDatabase('what is kept of deliveries', (openDatabase) => {
  const clock = createVirtualClock(now);
  let database: Database;
  let store: ProgressStore;
  let states: DeliveryStates;

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    store = createProgressStore(database, 'skip');
    states = createDeliveryStates(database, clock);
    await database.transact((tx) => states.create(tx, 'billing', 0));
  });

  const save = (effects: readonly Effect[], parts: Partial<Progress> = {}) =>
    store.save({
      observerId: 'billing',
      fence: 0,
      cursor: 10,
      breaker: closedBreaker,
      blocked: null,
      attemptsBefore: 0,
      effects,
      now,
      ...parts,
    });
  const stateOf = async () => (await states.find(['billing'])).get('billing');
  const keptWith = async (key: string) =>
    (await store.openFailures('billing', key, 10)).map(({ position, state }) => `${position} ${state}`);

  it('is refused from whoever was overtaken, all of it', async () => {
    await states.reset('billing', 3);

    expect(await save([attempted(1, delivered(5)), kept(failure(2))])).toBe(false);

    expect(await stateOf()).toMatchObject({ cursor: 3, waiting: 0, lastDeliveryAt: null });
    expect(await listAttempts(database, 'billing', page)).toEqual([]);
    expect((await createDeliveryCounts(database).processingTimes()).size).toBe(0);
  });

  it('has the first event of a subject tried again and the others wait for it', async () => {
    const later = new Date(now.getTime() + 60_000);
    const first = failure(1, { state: 'retry', attempts: 1, nextAttemptAt: later });
    await save([kept(first), kept(failure(2)), kept(failure(3)), kept(failure(4, { orderKey: 'other' }))]);

    expect(await keptWith('k')).toEqual(['1 retry', '2 waiting', '3 waiting']);
    expect(await keptWith('other')).toEqual(['4 retry']);
    expect(await store.dueKeys('billing', now, 10)).toEqual(['other']);

    await save([cleared(first)]);

    expect(await keptWith('k')).toEqual(['2 retry', '3 waiting']);
    expect(await store.dueKeys('billing', now, 10)).toEqual(['k', 'other']);
    expect(await store.openKeys('billing')).toEqual(
      new Map([
        ['k', 2],
        ['other', 1],
      ]),
    );
    expect(await store.nextRetryAt('billing')).toEqual(now);
  });

  it('lets a subject go on behind a dead letter, unless that is to hold it up', async () => {
    await save([kept(failure(1, { state: 'dead' })), kept(failure(2))]);
    expect(await keptWith('k')).toEqual(['2 retry']);

    const blocking = createProgressStore(database, 'block');
    expect(await blocking.openKeys('billing')).toEqual(new Map([['k', 2]]));
  });

  it('holds the newest thousand attempts', async () => {
    const effects = (from: number) =>
      Array.from({ length: 600 }, (_, index) => attempted(from + index, delivered(1)));
    await save(effects(1));
    await save(effects(601), { attemptsBefore: 600 });

    const attempts = await listAttempts(database, 'billing', page);

    expect(attempts).toHaveLength(1_000);
    expect(attempts.map(({ position }) => position).filter((at) => at === 200 || at === 201)).toEqual([201]);
  });

  it('counts failed attempts, and tells how long nearly all took', async () => {
    const counts = createDeliveryCounts(database);
    const failed = {
      result: 'failed',
      statusCode: 500,
      error: 'no',
      retryAfterMs: null,
      fault: 'receiver',
    } as const;
    await save([...Array.from({ length: 98 }, (_, index) => attempted(index + 1, delivered(10)))]);
    await save([attempted(99, delivered(900)), attempted(100, { ...failed, durationMs: 2_000 })], {
      attemptsBefore: 98,
    });

    expect(await counts.errors()).toEqual({
      byType: new Map([['user.created', 1]]),
      byObserver: new Map([['billing', 1]]),
      total: 1,
    });
    expect((await counts.processingTimes()).get('user.created')).toEqual({
      count: 100,
      meanMs: 38.8,
      p50Ms: 10,
      p95Ms: 10,
      p99Ms: 900,
      maxMs: 2_000,
    });
  });

  it('is written by one instance at a time, and by the next when that lets go or falls silent', async () => {
    const lease = (owner: string) => createObserverLeases({ database, clock, owner, ttlMs: 10_000 });
    const [one, other] = [lease('one'), lease('other')];
    await one.prolong();
    await one.claim(['billing'], 1);
    await other.claim(['billing'], 1);
    expect([await one.held(), await other.held()]).toEqual([new Map([['billing', 1]]), new Map()]);

    await one.release();
    await other.claim(['billing'], 1);
    expect(await other.held()).toEqual(new Map([['billing', 2]]));

    await clock.advance(8_000);
    await other.prolong();
    await clock.advance(8_000);
    await one.claim(['billing'], 1);
    expect(await one.held()).toEqual(new Map());
    await clock.advance(2_000);
    expect(other.isHeld()).toBe(false);
    await one.claim(['billing'], 1);
    expect([await one.held(), await other.held()]).toEqual([new Map([['billing', 3]]), new Map()]);
  });

  it('is shared out evenly among the instances that are alive', async () => {
    const lease = (owner: string) => createObserverLeases({ database, clock, owner, ttlMs: 10_000 });
    const [one, other] = [lease('one'), lease('other')];
    await one.prolong();
    expect(await one.share(5)).toBe(5);
    await other.prolong();
    expect([await one.share(5), await other.share(4)]).toEqual([3, 2]);

    await other.release();
    expect(await one.share(5)).toBe(5);
    await other.prolong();
    await clock.advance(9_000);
    await one.prolong();
    await clock.advance(2_000);
    expect(await one.share(5)).toBe(5);
  });
});
