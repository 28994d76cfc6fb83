import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { migrate, readMigrations } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import { readGeneration, switchGeneration } from '../count-generations';
import { addToCounts, createCountStore } from '../count-store';
import { keepDifferences, readDifferences } from './differences';
import { noProgress } from '../jobs/job';
import { createJobStore } from '../jobs/job-store';
import type { ReplayRequest } from './replay';
import { createReplayCleanup } from './replay-cleanup';

const migrations = readMigrations(path.join(__dirname, '..', '..', '..', 'migrations'));
const hour = 3_600_000;
const onFailure = () => undefined;
const request: ReplayRequest = {
  observerId: null,
  projection: 'event_counts',
  candidate: null,
  isShadow: true,
  types: [],
  speed: 0,
  after: 0,
  to: 9,
};

describeOnEveryDatabase('replays that ended', (openDatabase) => {
  it('are removed with what they found after 30 days; all others stay', async () => {
    const clock = createVirtualClock();
    const database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    const store = createJobStore<ReplayRequest>('replays', { database, clock });
    const add = async (id: string, endedAt: Date | null) => {
      const state = endedAt ? 'done' : 'running';
      await store.insert({
        id,
        state,
        request,
        endedAt,
        progress: noProgress(request),
        startedAt: clock.now(),
      });
      await database.transact((tx) =>
        keepDifferences(tx, id, [{ kind: 'new', place: 1, subject: null, shown: { id } }], {}),
      );
    };
    await add('ended', clock.now());
    await add('running', null);
    await clock.advance(24 * hour);
    await add('ended-later', clock.now());
    const cleanup = createReplayCleanup({ database, clock, intervalMs: hour, onFailure });

    await clock.advance(29 * 24 * hour + 1);
    await cleanup.cleanOnce();

    expect(await store.find('ended')).toBeNull();
    expect(await readDifferences(database, 'ended')).toEqual([]);
    for (const id of ['running', 'ended-later']) {
      expect(await store.find(id)).toMatchObject({ id });
      expect(await readDifferences(database, id)).toEqual([{ kind: 'new', id }]);
    }
  });

  it('leave no counts when they were cancelled or failed; those that are read or being made stay', async () => {
    const clock = createVirtualClock();
    const database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    const store = createJobStore<ReplayRequest>('replays', { database, clock });
    await createCountStore({ database, clock }).state();
    const states = ['running', 'paused', 'cancelled', 'failed', 'done'] as const;
    for (const state of states) {
      const replay = { id: state, state, request, progress: noProgress(request) };
      await store.insert({ ...replay, startedAt: clock.now(), endedAt: clock.now() });
    }
    const counts = { events: new Map([['my.own', 7]]), aggregates: new Map() };
    for (const generation of [...states, 'first', 'of-nobody'])
      await database.transact((tx) => addToCounts(tx, generation, counts));
    await database.transact((tx) => switchGeneration(tx, { name: 'done', after: 0, position: 9 }));

    await createReplayCleanup({ database, clock, intervalMs: hour, onFailure }).cleanOnce();

    const amountOf = async (name: string) => (await readGeneration(database, name)).events.get('my.own') ?? 0;
    expect(await Promise.all(states.map(amountOf))).toEqual([7, 7, 0, 0, 7]);
    expect(await amountOf('of-nobody')).toBe(0);
  });

  it('are looked for again and again, as often as is asked for', async () => {
    const clock = createVirtualClock();
    const database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    const store = createJobStore<ReplayRequest>('replays', { database, clock });
    const stop = new AbortController();
    const running = createReplayCleanup({ database, clock, intervalMs: hour, onFailure }).run(stop.signal);
    const ended = { id: 'ended', state: 'done', request, progress: noProgress(request) } as const;
    await store.insert({ ...ended, startedAt: clock.now(), endedAt: clock.now() });

    await clock.advance(31 * 24 * hour);
    await eventually(async () => {
      await clock.advance(hour);
      expect(await store.find('ended')).toBeNull();
    });
    stop.abort();
    await running;
  });

  it.each(['conflict', 'unavailable'] as const)(
    'go although the database answered with %s at first',
    async (code) => {
      const clock = createVirtualClock();
      const database = await openDatabase();
      await migrate(database, { component: 'event-store', migrations });
      const store = createJobStore<ReplayRequest>('replays', { database, clock });
      const ended = { id: 'ended', state: 'done', request, progress: noProgress(request) } as const;
      await store.insert({ ...ended, startedAt: clock.now(), endedAt: clock.now() });
      await clock.advance(31 * 24 * hour);
      const failures: unknown[] = [];
      const failing: typeof database = {
        ...database,
        transact: (work) =>
          failures.length === 0 ? Promise.reject(new AppError(code, 'not now')) : database.transact(work),
      };
      const stop = new AbortController();
      const running = createReplayCleanup({
        database: failing,
        clock,
        intervalMs: 24 * hour,
        onFailure: (error) => failures.push(error),
      }).run(stop.signal);

      await eventually(async () => {
        await clock.advance(1_000);
        expect(await store.find('ended')).toBeNull();
      });
      stop.abort();
      await running;
      expect(failures).toEqual([expect.objectContaining({ code })]);
    },
  );
});
