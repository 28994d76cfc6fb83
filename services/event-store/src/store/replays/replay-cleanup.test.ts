import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { migrate, readMigrations } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import { keepDifferences, readDifferences } from './differences';
import { noProgress, type ReplayRequest } from './replay';
import { createReplayCleanup } from './replay-cleanup';
import { createReplayStore } from './replay-store';

const migrations = readMigrations(path.join(__dirname, '..', '..', '..', 'migrations'));
const hour = 3_600_000;
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
    const store = createReplayStore({ database, clock });
    const add = async (id: string, endedAt: Date | null) => {
      const state = endedAt ? 'done' : 'running';
      await store.insert({
        ...{ id, state, request, endedAt },
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
    const cleanup = createReplayCleanup({ database, clock, intervalMs: hour });

    await clock.advance(29 * 24 * hour + 1);
    await cleanup.cleanOnce();

    expect(await store.find('ended')).toBeNull();
    expect(await readDifferences(database, 'ended')).toEqual([]);
    for (const id of ['running', 'ended-later']) {
      expect(await store.find(id)).toMatchObject({ id });
      expect(await readDifferences(database, id)).toEqual([{ kind: 'new', id }]);
    }
  });

  it('are looked for again and again, as often as is asked for', async () => {
    const clock = createVirtualClock();
    const database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    const store = createReplayStore({ database, clock });
    const stop = new AbortController();
    const running = createReplayCleanup({ database, clock, intervalMs: hour }).run(stop.signal);
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
});
