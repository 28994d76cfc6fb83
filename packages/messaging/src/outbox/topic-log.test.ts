import { createSystemClock, createVirtualClock } from '@fanfare/core';
import { openDatabase, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { migrateMessaging } from '../messaging-tables';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { createGate } from '../testing/received';
import { createTopicLog, type TopicLog } from './topic-log';

describe('topic log', () => {
  const clock = createVirtualClock();
  let database: Database;
  let log: TopicLog;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:', { clock });
    await migrateMessaging(database);
    log = createTopicLog({ database, clock, topic: 'orders' });
    await log.prepare();
  });
  afterEach(() => database.close());

  const append = (...orderIds: string[]) =>
    database.transact(async (tx) => {
      log.append(
        tx,
        orderIds.map((orderId) => orderCreatedEvent(orderId, { id: `event-of-${orderId}` })),
      );
    });
  const takeOut = (firstSequence: number) =>
    database.queries
      .withTables<{ topic_log: { first_sequence: number } }>()
      .deleteFrom('topic_log')
      .where('first_sequence', '=', firstSequence)
      .execute();
  const idsFrom = async (from: number, limit = 100) =>
    (await log.read(0, from, limit)).events.map(({ id }) => id);

  it('numbers events without gaps, in commit order', async () => {
    await append('a', 'b');
    await append('c');

    const page = await log.read(0, 1, 100);

    expect(page).toMatchObject({ topic: 'orders', partition: 0, firstSequence: 1, head: 3 });
    expect(page.events.map(({ id }) => id)).toEqual(['event-of-a', 'event-of-b', 'event-of-c']);
  });

  it('takes back the numbers of a transaction that is rolled back', async () => {
    await append('a');
    await expect(
      database.transact(async (tx) => {
        log.append(tx, [orderCreatedEvent('lost')]);
        throw new Error('the order was refused');
      }),
    ).rejects.toThrow('refused');
    await append('b');

    expect(await idsFrom(1)).toEqual(['event-of-a', 'event-of-b']);
    expect(await log.positions()).toEqual([{ partition: 0, accepted: 2, published: 0 }]);
  });

  it('stores everything of one transaction as one row', async () => {
    await append('a', 'b', 'c');

    const rows = await database.queries
      .withTables<{ topic_log: { event_count: number } }>()
      .selectFrom('topic_log')
      .selectAll()
      .execute();

    expect(rows).toMatchObject([{ event_count: 3 }]);
  });

  it('splits what is larger than a message may be, and reads it back whole', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `o-${index}`);

    await append(...many);

    expect(await idsFrom(1, 1_000)).toEqual(many.map((orderId) => `event-of-${orderId}`));
    expect(await idsFrom(130, 3)).toEqual(['event-of-o-129', 'event-of-o-130', 'event-of-o-131']);
  });

  it('is read from the middle of a row, far from the beginning, and beyond its end', async () => {
    for (let index = 1; index <= 200; index += 1) await append(`${index}`);

    expect(await idsFrom(150, 2)).toEqual(['event-of-150', 'event-of-151']);
    expect(await log.read(0, 201, 10)).toMatchObject({ firstSequence: 201, events: [], head: 200 });
  });

  it('says so when the events asked for are no longer kept', async () => {
    await append('a', 'b');
    await append('c');
    await takeOut(1);

    expect(await log.read(0, 1, 10)).toMatchObject({ firstSequence: 3, events: [{ id: 'event-of-c' }] });
  });

  it('ends a page where an event was taken out, so that none behind it is taken for another', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await append(id);
    await takeOut(2);

    expect(await log.read(0, 1, 10)).toMatchObject({ firstSequence: 1, head: 4 });
    expect(await log.read(0, 2, 10)).toMatchObject({ firstSequence: 3, head: 4 });
    expect(await idsFrom(1)).toEqual(['event-of-a']);
    expect(await idsFrom(2)).toEqual(['event-of-c', 'event-of-d']);
  });

  it('says so when nothing is kept from there on', async () => {
    for (const id of ['a', 'b']) await append(id);
    await takeOut(2);

    expect(await log.read(0, 2, 10)).toMatchObject({
      firstSequence: 3,
      head: 2,
      events: [],
    });
  });

  it('keeps all events of a key in one partition, in order', async () => {
    const four = createTopicLog({ database, clock, topic: 'spread', partitions: 4 });
    await four.prepare();
    await database.transact(async (tx) => {
      four.append(
        tx,
        ['a', 'b', 'c', 'd', 'e', 'a', 'b'].map((orderId, index) =>
          orderCreatedEvent(orderId, { id: `${orderId}${index}` }),
        ),
      );
    });

    const pages = await Promise.all([0, 1, 2, 3].map((partition) => four.read(partition, 1, 100)));

    const partitionOfA = pages.find(({ events }) => events.some(({ id }) => id === 'a0'));
    expect(partitionOfA?.events.filter(({ subject }) => subject === 'a').map(({ id }) => id)).toEqual([
      'a0',
      'a5',
    ]);
    expect(pages.flatMap(({ events }) => events)).toHaveLength(7);
    expect(pages.map(({ partitions }) => partitions)).toEqual([4, 4, 4, 4]);
  });

  it('refuses to change the number of partitions', async () => {
    const other = createTopicLog({ database, clock, topic: 'orders', partitions: 2 });

    await expect(other.prepare()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('set ORDERS_PARTITIONS=1 here') as string,
    });
  });

  it('tells how much waits for the relay and for how long', async () => {
    expect(await log.backlog()).toEqual({ pending: 0, oldestSeconds: 0 });
    await append('a', 'b');
    await clock.advance(5_000);

    expect(await log.backlog()).toEqual({ pending: 2, oldestSeconds: 5 });
  });

  it('wakes its listeners after the commit, not before', async () => {
    let woken = 0;
    log.onAppend(() => {
      woken += 1;
    });

    await database.transact(async (tx) => {
      log.append(tx, [orderCreatedEvent('a')]);
      expect(woken).toBe(0);
    });

    expect(woken).toBe(1);
  });
});

describeOnEveryDatabase('topic log', (openDatabase, { reopen }) => {
  it('shows a reader nothing that comes after a late commit before that commit, and then both in order', async () => {
    const open = (database: Database) =>
      createTopicLog({ database, clock: createSystemClock(), topic: 'orders' });
    const databases = { late: await openDatabase(), quick: await reopen(), reader: await reopen() };
    await migrateMessaging(databases.late);
    const log = open(databases.late);
    await log.prepare();
    const [isNumbered, mayCommit] = [createGate(), createGate()];
    // comes after the log's own write: the number is taken and nothing is committed
    const hold = {
      stage: 'counters' as const,
      write: () => {
        isNumbered.open();
        return mayCommit.passed;
      },
    };
    const seen: string[] = [];
    let next = 1;
    const readOn = async () => {
      const page = await open(databases.reader).read(0, next, 10);
      seen.push(...page.events.map(({ id }) => id));
      next = page.firstSequence + page.events.length;
    };

    const late = databases.late.transact(async (tx) => {
      log.append(tx, [orderCreatedEvent('order-1', { id: 'late' })]);
      tx.writeLater(hold, null);
    });
    await isNumbered.passed;
    const quick = databases.quick.transact(async (tx) => {
      open(databases.quick).append(tx, [orderCreatedEvent('order-2', { id: 'quick' })]);
    });
    // longer than the second commit takes when nothing holds it up
    for (let look = 0; look < 50; look += 1) await readOn();
    expect(seen).toEqual([]);

    mayCommit.open();
    await Promise.all([late, quick]);
    await readOn();
    expect(seen).toEqual(['late', 'quick']);
  });
});
