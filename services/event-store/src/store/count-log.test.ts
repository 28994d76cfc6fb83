import path from 'node:path';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { migrate, openEventLog, readMigrations, type Database, type EventLog } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { happened } from '../../test/log-in-file';
import { createTail } from '../live/tail';
import { createCountedLog, type CountedLog } from './count-log';
import { createCountStore } from './count-store';

const clock = createSystemClock();
const onFailure = () => undefined;
const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));

describeOnEveryDatabase('the counts of the log', (openDatabase, { reopen }) => {
  let log: EventLog;
  let database: Database;
  let counted: CountedLog;

  const countWith = (on: Database) =>
    createCountedLog({
      log,
      tail: createTail({ log, clock, onFailure }),
      database: on,
      clock,
      onFailure,
    });

  beforeEach(async () => {
    log = await openEventLog('sqlite::memory:');
    database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    counted = countWith(database);
  });

  afterEach(() => log.close());

  async function record(...types: readonly string[]): Promise<void> {
    const events = types.map((type) => happened(type));
    await log.append({ appends: [{ stream: null, expected: 'any', events }] });
  }

  async function toStream(id: string, type: string, ...types: readonly string[]): Promise<void> {
    const events = types.map((each) => happened(each));
    await log.append({ appends: [{ stream: { id, type }, expected: 'any', events }] });
  }

  it('are those of the log at the moment when they are asked for', async () => {
    await record('order.created', 'my.own');
    expect(await counted.counts()).toMatchObject({ position: 2 });
    await record('my.own');
    await toStream('o-1', 'order', 'order.created', 'order.confirmed');
    await toStream('o-2', 'order', 'order.created');
    await toStream('u-1', 'user', 'user.created');
    await toStream('o-1', 'order', 'order.shipped');

    const { events, aggregates, position } = await counted.counts();

    expect(position).toBe(8);
    expect(Object.fromEntries(events)).toEqual({
      'my.own': 2,
      'com.fanfare.order.created.v1': 3,
      'com.fanfare.order.confirmed.v1': 1,
      'com.fanfare.order.shipped.v1': 1,
      'com.fanfare.user.created.v1': 1,
    });
    expect(Object.fromEntries(aggregates)).toEqual({ order: 2, user: 1 });
  });

  it('tell types apart by case and accent, however long they are', async () => {
    const types = ['a', 'A', 'á', 'long'.repeat(100), 'long'.repeat(101)];
    await record(...types, 'a');

    expect((await counted.counts()).events).toEqual(
      new Map([...types.map((type) => [type, 1] as const), ['a', 2]]),
    );
  });

  it('are right however many instances count at the same time', async () => {
    const others = [counted, countWith(await reopen()), countWith(await reopen())];
    for (let round = 0; round < 5; round += 1) {
      await record('one', 'two', 'two');
      const all = await Promise.all(others.flatMap((each) => [each.counts(), each.counts()]));

      const expected = new Map([
        ['one', round + 1],
        ['two', 2 * (round + 1)],
      ]);
      for (const { events } of all) expect(events).toEqual(expected);
    }
  });

  it('are kept while nobody asks', async () => {
    const stop = new AbortController();
    const tail = createTail({ log, clock, onFailure });
    const store = createCountStore({ database, clock });
    const { worker } = createCountedLog({ log, tail, database, clock, onFailure });
    const working = [worker.run(stop.signal), tail.worker.run(stop.signal)];

    await record('one', 'two');

    await eventually(async () => {
      expect((await store.state()).position).toBe(2);
    });
    stop.abort();
    await Promise.all(working);
  });

  it('leave out what is about to be truncated, once however often that is said, and keep its aggregates', async () => {
    await toStream('o-1', 'order', 'order.created', 'order.confirmed');
    await record('my.own');
    await record('my.own');

    await counted.uncountBefore(4);
    await Promise.all([
      counted.uncountBefore(4),
      countWith(database).uncountBefore(4),
      counted.uncountBefore(2),
    ]);

    expect(await counted.counts()).toMatchObject({ after: 3, position: 4 });
    expect((await counted.counts()).events).toEqual(new Map([['my.own', 1]]));
    expect((await counted.counts()).aggregates).toEqual(new Map([['order', 1]]));
  });
});
