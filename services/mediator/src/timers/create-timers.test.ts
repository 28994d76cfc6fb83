import { createIdGenerator, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLogger } from '@fanfare/service-kit';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import { createTimers } from './create-timers';
import type { Timer, TimerKey, Timers } from './timers';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations')).filter(
  ({ name }) => name === 'timers',
);

describeOnEveryDatabase('timers', (openDatabase, { reopen, capabilities }) => {
  let clock: VirtualClock;
  let database: Database;
  let timers: Timers;
  let fired: Timer[];
  let logged: string[];
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    clock = createVirtualClock();
    database = await openDatabase({ clock });
    await migrate(database, { component: 'mediator', migrations });
    fired = [];
    logged = [];
    stops = [];
    timers = create(database);
    timers.handle('job', note);
  });
  afterEach(() => Promise.all(stops.map((stop) => stop())));

  function create(on: Database): Timers {
    const logger = createLogger({
      service: () => 'mediator',
      level: 'info',
      destination: { write: (line) => void logged.push(line) },
    });
    const onFailure = (error: unknown) => void logged.push(String(error));
    return createTimers({ database: on, clock, newId: createIdGenerator(clock), logger, onFailure });
  }

  const note = async (timer: Timer) => void fired.push(timer);

  function start({ worker }: Timers): () => Promise<void> {
    const stopping = new AbortController();
    const done = worker.run(stopping.signal);
    const stop = () => {
      stopping.abort();
      return done;
    };
    stops.push(stop);
    return stop;
  }

  const key = (id: string): TimerKey => ({ kind: 'job', mediatorKey: 7, id });
  const inMs = (ms: number) => new Date(clock.now().getTime() + ms);
  const set = (...due: readonly (readonly [id: string, ms: number])[]) =>
    database.transact((tx) => {
      for (const [id, ms] of due) timers.set(tx, { ...key(id), dueAt: inMs(ms) });
      return Promise.resolve();
    });
  const firedIds = () => fired.map(({ id }) => id);
  /** Time goes on, in steps that leave a database far away the time to answer, until the assertion holds. */
  const passUntil = (assertion: () => void, stepMs = 100) =>
    eventually(async () => {
      await clock.advance(stepMs);
      assertion();
    });

  it('fire in order of their times, none before it is due', async () => {
    const began = clock.now().getTime();
    await set(['late', 3_000], ['early', 1_000], ['past', -5_000]);
    const times: number[] = [];
    timers.handle('job', async (timer) => {
      times.push(clock.now().getTime() - began);
      await note(timer);
    });
    start(timers);

    await passUntil(() => {
      expect(firedIds()).toEqual(['past', 'early', 'late']);
    });

    expect(fired[1]).toEqual({ ...key('early'), dueAt: new Date(began + 1_000) });
    expect(times[1]).toBeGreaterThanOrEqual(1_000);
    expect(times[2]).toBeGreaterThanOrEqual(3_000);
    await clock.advance(120_000);
    expect(fired).toHaveLength(3);
  });

  it('that are set while the worker rests fire at their time, not when it would have looked again', async () => {
    await set(['next-year', 365 * 24 * 3_600_000]);
    start(timers);
    await eventually(() => {
      expect(clock.pending).toBeGreaterThan(0);
    });

    await set(['at-once', 0]);

    await eventually(() => {
      expect(firedIds()).toEqual(['at-once']);
    });
  });

  it('are one for each key: set anew, it fires at the new time only', async () => {
    await set(['a', 1_000], ['b', 1_000]);
    await set(['a', 10_000]);
    start(timers);

    await passUntil(() => {
      expect(firedIds()).toEqual(['b']);
    });
    await passUntil(() => {
      expect(firedIds()).toEqual(['b', 'a']);
    });
    expect(fired[1]?.dueAt.getTime()).toBeGreaterThan(fired[0]?.dueAt.getTime() ?? Infinity);
  });

  it('that were cancelled do not fire, and of what one transaction does the last counts', async () => {
    await set(['a', 1_000], ['b', 1_000], ['c', 1_000]);
    await database.transact((tx) => {
      timers.cancel(tx, key('a'));
      timers.set(tx, { ...key('b'), dueAt: inMs(10) });
      timers.cancel(tx, key('b'));
      timers.cancel(tx, key('c'));
      timers.set(tx, { ...key('c'), dueAt: inMs(500) });
      return Promise.resolve();
    });
    start(timers);

    await passUntil(() => {
      expect(firedIds()).toEqual(['c']);
    });
    await clock.advance(10_000);
    expect(firedIds()).toEqual(['c']);
  });

  it('are not set by a transaction that is rolled back', async () => {
    const failed = database.transact((tx) => {
      timers.set(tx, { ...key('a'), dueAt: inMs(0) });
      return Promise.reject(new Error('rolled back'));
    });
    await expect(failed).rejects.toThrow('rolled back');
    await set(['b', 1_000]);
    start(timers);

    await passUntil(() => {
      expect(firedIds()).toEqual(['b']);
    });
  });

  it('that are set by their own handler fire again', async () => {
    timers.handle('job', async (timer) => {
      await note(timer);
      if (fired.length < 5) await set([timer.id, 1_000]);
    });
    await set(['again', 0]);
    start(timers);

    await passUntil(() => {
      expect(firedIds()).toEqual(Array(5).fill('again'));
    });
    await clock.advance(120_000);
    expect(fired).toHaveLength(5);
  });

  it('are handled again, later each time, after their handler has thrown; others do not wait', async () => {
    const tries: number[] = [];
    timers.handle('job', (timer) => {
      if (timer.id === 'well') return note(timer);
      tries.push(clock.now().getTime());
      return tries.length < 8 ? Promise.reject(new Error('not yet')) : note(timer);
    });
    await set(['ill', 0], ['well', 1]);
    start(timers);

    await passUntil(() => {
      expect(firedIds()).toEqual(['well', 'ill']);
    }, 1_000);

    const [first = 0, second = Infinity, ...later] = tries;
    expect(second - first).toBeLessThan(4_000);
    expect((later.at(-1) ?? 0) - (later.at(-2) ?? 0)).toBeGreaterThan(4_000);
    expect(logged.filter((line) => line.includes('could not be handled'))).toHaveLength(7);
  });

  it('say when nobody handles their kind', async () => {
    await database.transact((tx) => {
      timers.set(tx, { ...key('a'), kind: 'unheard-of', dueAt: inMs(0) });
      return Promise.resolve();
    });
    start(timers);

    await eventually(() => {
      expect(logged.join()).toContain('nobody handles timers of kind unheard-of');
    });
  });

  it('fire many at once, some at a time', async () => {
    let running = 0;
    let most = 0;
    timers.handle('job', async (timer) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      await note(timer);
      running -= 1;
    });
    const ids = Array.from({ length: 200 }, (_, index) => `timer-${index}`);
    await set(...ids.map((id) => [id, 0] as const));
    start(timers);

    await eventually(() => {
      expect(firedIds().toSorted()).toEqual(ids.toSorted());
    });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(16);
  });

  it('fire in one of several instances each', async () => {
    const handled = { first: 0, second: 0 };
    const count = (name: keyof typeof handled) => async (timer: Timer) => {
      handled[name] += 1;
      await note(timer);
    };
    const second = create(await reopen({ clock }));
    timers.handle('job', count('first'));
    second.handle('job', count('second'));
    const ids = Array.from({ length: 200 }, (_, index) => `timer-${index}`);
    await set(...ids.map((id, index) => [id, 1_000 + index] as const));
    start(timers);
    start(second);

    await passUntil(() => {
      expect(new Set(firedIds())).toEqual(new Set(ids));
    }, 10);
    await clock.advance(30_000);

    expect(fired).toHaveLength(200);
    if (capabilities.parallel === true) expect(Math.min(handled.first, handled.second)).toBeGreaterThan(0);
  });

  it('of an instance that died fire in another when its claim has ended, not before', async () => {
    let claimedMs = Infinity;
    timers.handle('job', () => {
      claimedMs = clock.now().getTime();
      return new Promise(() => undefined);
    });
    await set(['a', 0]);
    const dying = new AbortController();
    void timers.worker.run(dying.signal);
    await eventually(() => {
      expect(claimedMs).toBeLessThan(Infinity);
    });
    dying.abort();
    const second = create(await reopen({ clock }));
    const times: number[] = [];
    second.handle('job', async (timer) => {
      times.push(clock.now().getTime() - claimedMs);
      await note(timer);
    });
    start(second);

    await passUntil(() => {
      expect(firedIds()).toEqual(['a']);
    }, 1_000);

    expect(times[0]).toBeGreaterThanOrEqual(6_000);
  });

  it('that are being handled when the worker stops are handled to the end, and none after them', async () => {
    let finish: (() => void) | undefined;
    timers.handle('job', async (timer) => {
      await new Promise<void>((resolve) => (finish = resolve));
      await note(timer);
    });
    await set(['a', 0]);
    const stop = start(timers);
    await eventually(() => {
      expect(finish).toBeDefined();
    });
    const stopped = stop();
    await set(['b', 0]);

    finish?.();
    await stopped;

    expect(firedIds()).toEqual(['a']);
    const left = create(await reopen({ clock }));
    left.handle('job', note);
    start(left);
    await eventually(() => {
      expect(firedIds()).toEqual(['a', 'b']);
    });
  });
});
