import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import type { Replay, ReplayRequest } from '../replays/replay';
import { noProgress } from './job';
import { createJobStore, type JobStore } from './job-store';

const migrations = readMigrations(path.join(__dirname, '..', '..', '..', 'migrations'));

const request: ReplayRequest = {
  observerId: 'billing',
  projection: null,
  candidate: null,
  isShadow: false,
  types: ['order.*'],
  speed: 0.5,
  after: 3,
  to: 9,
};

const nothing = () => Promise.resolve();

describe.each(['replays', 'log_exports'] as const)('the jobs in %s', (table) => {
  describeOnEveryDatabase('are kept and', (openDatabase, { reopen }) => {
    let clock: VirtualClock;
    let database: Database;
    let store: JobStore<ReplayRequest>;

    beforeEach(async () => {
      clock = createVirtualClock();
      database = await openDatabase();
      await migrate(database, { component: 'event-store', migrations });
      store = createJobStore<ReplayRequest>(table, { database, clock });
    });

    const replayOf = (id: string): Replay => ({
      id,
      state: 'running',
      request,
      progress: noProgress(request),
      startedAt: clock.now(),
      endedAt: null,
    });

    it('gives back what was noted, exactly', async () => {
      await store.insert(replayOf('r-1'));

      expect(await store.find('r-1')).toEqual(replayOf('r-1'));
      expect(await store.find('r-2')).toBeNull();
    });

    it('gives a replay to one holder at a time, and to the next when the holder says nothing any more', async () => {
      const other = createJobStore<ReplayRequest>(table, { database: await reopen(), clock });
      await store.insert(replayOf('r-1'));

      const [held] = await store.claim('one', 5);
      expect(await other.claim('two', 5)).toEqual([]);
      await clock.advance(10_000);
      expect(await store.renew('one')).toEqual([{ id: 'r-1', fence: held?.fence }]);
      await clock.advance(10_000);
      expect(await other.claim('two', 5)).toEqual([]);
      await clock.advance(5_001);
      const [taken] = await other.claim('two', 5);

      expect(taken?.fence).toBe((held?.fence ?? 0) + 1);
      expect(await store.renew('one')).toEqual([]);
    });

    it('lets nobody write who has lost it', async () => {
      await store.insert(replayOf('r-1'));
      const [lost] = await store.claim('one', 1);
      await clock.advance(60_000);
      const [held] = await store.claim('two', 1);
      if (!lost || !held) throw new Error('nobody holds it');
      const write = jest.fn(nothing);
      const progress = { ...held.progress, position: 7 };

      expect(await store.save(lost, progress, write)).toBe(false);
      await store.end(lost, progress, 'done', write);
      await store.release(lost);

      expect(write).not.toHaveBeenCalled();
      expect(await store.find('r-1')).toMatchObject({ state: 'running', progress: { position: 3 } });
      expect(await store.save(held, progress, write)).toBe(true);
      expect(await store.claim('three', 1)).toEqual([]);
    });

    it('tells who moves it on whether it is still wanted, and keeps its progress all the same', async () => {
      await store.insert(replayOf('r-1'));
      const [held] = await store.claim('one', 1);
      if (!held) throw new Error('nobody holds it');

      await store.changeState('r-1', ['running'], 'paused');

      expect(await store.save(held, { ...held.progress, position: 7 }, nothing)).toBe(false);
      await store.end(held, { ...held.progress, position: 9 }, 'done', nothing);
      expect(await store.find('r-1')).toMatchObject({ state: 'paused', progress: { position: 7 } });
      expect(await store.claim('two', 1)).toEqual([]);
      await store.changeState('r-1', ['paused'], 'running');
      expect(await store.claim('two', 1)).toMatchObject([{ id: 'r-1', progress: { position: 7 } }]);
    });

    it('writes progress and what came of it together, or neither', async () => {
      await store.insert(replayOf('r-1'));
      const [held] = await store.claim('one', 1);
      if (!held) throw new Error('nobody holds it');
      const failing = () => Promise.reject(new Error('no'));

      await expect(store.save(held, { ...held.progress, position: 7 }, failing)).rejects.toThrow('no');
      await expect(store.end(held, { ...held.progress, position: 9 }, 'done', failing)).rejects.toThrow('no');

      expect(await store.find('r-1')).toMatchObject({ state: 'running', progress: { position: 3 } });
    });

    it('hands out no more than asked for, oldest first, and again what was given back', async () => {
      for (const id of ['r-1', 'r-2', 'r-3']) await store.insert(replayOf(id));

      const held = await store.claim('one', 2);
      expect(held.map(({ id }) => id)).toEqual(['r-1', 'r-2']);
      for (const each of held) await store.release(each, each.id === 'r-1' ? 0 : 1_000);

      expect((await store.claim('two', 5)).map(({ id }) => id)).toEqual(['r-1', 'r-3']);
      await clock.advance(1_000);
      expect((await store.claim('two', 5)).map(({ id }) => id)).toEqual(['r-2']);
    });

    it('forgets what ended before a time', async () => {
      for (const id of ['r-1', 'r-2', 'r-3']) await store.insert(replayOf(id));
      await store.changeState('r-1', ['running'], 'cancelled');
      await clock.advance(1_000);
      await store.changeState('r-2', ['running'], 'cancelled');

      await store.removeEnded(clock.now());

      const page = { afterId: undefined, order: 'asc', limit: 9, offset: 0 } as const;
      expect((await store.list(page)).map(({ id }) => id)).toEqual(['r-2', 'r-3']);
    });
  });
});
