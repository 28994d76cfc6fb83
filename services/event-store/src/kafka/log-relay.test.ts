import path from 'node:path';
import {
  AppError,
  createIdGenerator,
  createSystemClock,
  createVirtualClock,
  type Clock,
} from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { migrateMessaging, type OutgoingRecord } from '@fanfare/messaging';
import { migrate, openEventLog, readMigrations, type Database, type EventLog } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createTail, type Tail } from '../live/tail';
import { createLogRelay } from './log-relay';
import { openStreamCursor, readStreamCursor } from './stream-cursor';

const systemClock = createSystemClock();
const newId = createIdGenerator(systemClock);
const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** A Kafka that can be away: then it takes a part of what it is sent and confirms nothing. */
function createKafka() {
  const records: { topic: string; record: OutgoingRecord }[] = [];
  return {
    isAway: false,
    positions: () =>
      records
        .filter(({ topic }) => topic === 'observer-events')
        .map(({ record }) => Number(record.headers['position'])),
    async send(topic: string, sent: readonly OutgoingRecord[]) {
      const taken = this.isAway ? sent.slice(0, 1) : sent;
      records.push(...taken.map((record) => ({ topic, record })));
      if (this.isAway) throw new AppError('unavailable', 'Kafka is away');
    },
  };
}

describeOnEveryDatabase('the relay of the log', (openDatabase) => {
  const stopTail = new AbortController();
  let database: Database;
  let log: EventLog;
  let tail: Tail;
  let tailing: Promise<void>;
  let kafka: ReturnType<typeof createKafka>;
  const failures: unknown[] = [];

  beforeAll(async () => {
    log = await openEventLog('sqlite::memory:');
    tail = createTail({ log, clock: systemClock, onFailure: () => undefined });
    tailing = tail.worker.run(stopTail.signal);
    await publish(700);
  });

  afterAll(async () => {
    stopTail.abort();
    await tailing;
    await log.close();
  });

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    await migrateMessaging(database);
    kafka = createKafka();
    failures.length = 0;
  });

  async function publish(count: number): Promise<void> {
    const head = await log.head();
    const events = Array.from({ length: count }, (_, index) => ({
      specversion: '1.0' as const,
      id: `event-${head + index + 1}`,
      source: '/test',
      type: 'test.happened',
    }));
    await log.append({ appends: [{ stream: null, expected: 'any', events }] });
  }

  function start(clock: Clock = systemClock) {
    const stop = new AbortController();
    const onFailure = (error: unknown) => void failures.push(error);
    const relay = createLogRelay({ tail, producer: kafka, database, clock, newId, onFailure });
    const running = relay.run(stop.signal);
    return async () => {
      stop.abort();
      await running;
    };
  }

  async function sentUpTo(position: number): Promise<void> {
    await eventually(async () => {
      expect(await readStreamCursor(database, 'kafka')).toBe(position);
    });
  }

  it('sends the whole log in order, goes on with what is new, and after a restart with what was not confirmed', async () => {
    const stop = start();
    await sentUpTo(await log.head());
    await publish(3);
    await sentUpTo(await log.head());
    await stop();
    await publish(3);

    const stopAgain = start();
    await sentUpTo(await log.head());
    await stopAgain();

    expect(kafka.positions()).toEqual(upTo(await log.head()));
  });

  it('waits while Kafka is away and loses nothing; what is sent again carries the same position', async () => {
    kafka.isAway = true;
    const stop = start();
    await eventually(() => {
      expect(failures.length).toBeGreaterThan(1);
    });
    expect(await readStreamCursor(database, 'kafka')).toBe(0);

    kafka.isAway = false;
    await sentUpTo(await log.head());
    await stop();

    const sent = kafka.positions();
    expect(sent.length).toBeGreaterThan(await log.head());
    expect(sent.slice(0, 2)).toEqual([1, 1]);
    expect([...new Set(sent)]).toEqual(upTo(await log.head()));
  });

  it('is done by one instance, and another takes over where it ended', async () => {
    const clock = createVirtualClock();
    const stopFirst = start(clock);
    await sentUpTo(await log.head());
    const stopSecond = start(clock);
    await clock.advance(10_000);
    await publish(5);
    await sentUpTo(await log.head());

    await stopFirst();
    await publish(5);
    await eventually(async () => {
      await clock.advance(1_000);
      expect(await readStreamCursor(database, 'kafka')).toBe(await log.head());
    });
    await stopSecond();

    expect(kafka.positions()).toEqual(upTo(await log.head()));
  });

  it('does not let who held the lease before move the cursor', async () => {
    const before = await openStreamCursor(database, 'kafka', 1);
    await before.save(10);
    const now = await openStreamCursor(database, 'kafka', 2);

    expect(now.position).toBe(10);
    await expect(before.save(20)).rejects.toMatchObject({ code: 'conflict' });
    await now.save(15);
    await expect(openStreamCursor(database, 'kafka', 1)).rejects.toMatchObject({ code: 'conflict' });
    expect(await readStreamCursor(database, 'kafka')).toBe(15);
  });
});
