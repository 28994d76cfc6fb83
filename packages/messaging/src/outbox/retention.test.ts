import { createVirtualClock } from '@fanfare/core';
import { openDatabase, type Database } from '@fanfare/storage';
import { admitNew } from '../inbox/inbox';
import { migrateMessaging, type MessagingTables } from '../messaging-tables';
import { openRelayCursors } from '../relay/relay-cursors';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { createRetention } from './retention';
import { createTopicLog } from './topic-log';

const hourMs = 3_600_000;
const keepMs = 7 * 24 * hourMs;
const place = { group: 'analytics', topic: 'orders' };

describe('retention', () => {
  const event = orderCreatedEvent('order-1');
  let database: Database;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
  });
  afterEach(() => database.close());

  it('keeps the id of a foreign event for as long as it could come again from the log: seven days', async () => {
    const clock = createVirtualClock();
    const stop = new AbortController();
    const running = createRetention({ database, clock }).run(stop.signal);
    const isNew = () =>
      database.transact(async (tx) => {
        const incoming = [{ kind: 'event', sequence: undefined, span: 1, event }] as const;
        return (await admitNew(tx, incoming, { ...place, now: clock.now() })).admitted.length === 1;
      });
    expect(await isNew()).toBe(true);

    await clock.advance(keepMs);
    expect(await isNew()).toBe(false);
    await clock.advance(hourMs);
    expect(await isNew()).toBe(true);

    stop.abort();
    await running;
  });

  it('leaves these ids to another worker where it is told to', async () => {
    const clock = createVirtualClock();
    const incoming = [{ kind: 'event', sequence: undefined, span: 1, event }] as const;
    const admit = () =>
      database.transact(async (tx) => {
        const { admitted } = await admitNew(tx, incoming, { ...place, now: clock.now() });
        return admitted.length;
      });
    expect(await admit()).toBe(1);
    await clock.advance(2 * keepMs);

    await createRetention({ database, clock, prunesInbox: false }).pruneOnce();
    expect(await admit()).toBe(0);

    await createRetention({ database, clock }).pruneOnce();
    expect(await admit()).toBe(1);
  });

  it('removes no event from a topic log before it is published, however old', async () => {
    const clock = createVirtualClock();
    const topicLog = createTopicLog({ database, clock, topic: 'orders' });
    await topicLog.prepare();
    for (let commit = 0; commit < 2; commit += 1) {
      await database.transact(async (tx) => {
        topicLog.append(tx, [orderCreatedEvent(`order-${commit}`)]);
      });
    }
    const cursors = await openRelayCursors(database, 'orders', 1);
    cursors.published.set(0, 1);
    await cursors.save(0);
    const { pruneOnce } = createRetention({ database, clock });

    await clock.advance(keepMs);
    await pruneOnce();
    expect(await topicLog.read(0, 1, 10)).toMatchObject({ firstSequence: 1 });
    await clock.advance(1);
    await pruneOnce();

    expect(await topicLog.read(0, 1, 10)).toMatchObject({ firstSequence: 2, head: 2 });
  });

  it.each([
    ['leaves what services report to the worker that keeps reports', undefined, 'system-order-service'],
    ['prunes what it is asked to', (topic: string) => topic !== 'orders', 'orders'],
  ])('%s', async (_, isMine, kept) => {
    const clock = createVirtualClock();
    const topics = ['orders', 'system-order-service'];
    const logs = topics.map((topic) => createTopicLog({ database, clock, topic }));
    for (const log of logs) {
      await log.prepare();
      await database.transact(async (tx) => {
        log.append(tx, [event]);
      });
      const cursors = await openRelayCursors(database, log.topic, 1);
      cursors.published.set(0, 1);
      await cursors.save(0);
    }
    await clock.advance(keepMs + 1);

    await createRetention({ database, clock, ...(isMine && { isMine }) }).pruneOnce();

    const left = await Promise.all(logs.map(async (log) => (await log.read(0, 1, 1)).events.length));
    expect(left).toEqual(topics.map((topic) => (topic === kept ? 1 : 0)));
  });

  it('removes no event before every relay of its topic has published it, also one that has not begun', async () => {
    const clock = createVirtualClock();
    const topicLog = createTopicLog({ database, clock, topic: 'orders' });
    await topicLog.prepare();
    await database.transact(async (tx) => {
      topicLog.append(tx, [event]);
    });
    const own = await openRelayCursors(database, 'orders', 1);
    own.published.set(0, 1);
    await own.save(0);
    const { pruneOnce } = createRetention({ database, clock, otherRelays: { orders: ['elsewhere'] } });
    const isKept = async () => {
      await pruneOnce();
      return (await topicLog.read(0, 1, 1)).events.length === 1;
    };
    await clock.advance(keepMs + 1);

    expect(await isKept()).toBe(true);
    const place = { topic: 'elsewhere', part: 0, fence: 1 };
    await database.dialect.insertRows(database.queries, 'relay_cursors', [{ ...place, published: 0 }]);
    expect(await isKept()).toBe(true);
    const other = await openRelayCursors(database, 'elsewhere', 1);
    other.published.set(0, 1);
    await other.save(0);
    expect(await isKept()).toBe(false);
  });

  it.each([
    [
      'a topic log',
      'topic_log',
      (n: number) => ({
        topic: 'orders',
        part: 0,
        first_sequence: n,
        event_count: 1,
        first_id: 'e',
        events: '[]',
        created_at: n,
      }),
    ],
    [
      'the ids of foreign events',
      'handled_events',
      (n: number) => ({ group_name: 'analytics', identity: `e-${n}`, applied_at: n }),
    ],
  ] as const)(
    'removes a backlog of %s in steps, between which others have their turn',
    async (_, table, row) => {
      const rows = Array.from({ length: 2_500 }, (_, index) => row(index + 1));
      await database.dialect.insertRows(database.queries, table, rows);
      const cursor = { topic: 'orders', part: 0, published: rows.length, fence: 1 };
      await database.dialect.insertRows(database.queries, 'relay_cursors', [cursor]);
      const count = async () => {
        const queries = database.queries.withTables<MessagingTables>();
        const counted = queries.selectFrom(table).select((of) => of.fn.countAll<number>().as('left'));
        return (await counted.executeTakeFirstOrThrow()).left;
      };
      const stop = new AbortController();

      const running = createRetention({ database, clock: createVirtualClock() }).run(stop.signal);
      while ((await count()) === rows.length);
      stop.abort();
      await running;

      expect(await count()).toBeGreaterThan(0);
      await createRetention({ database, clock: createVirtualClock() }).pruneOnce();
      expect(await count()).toBe(0);
    },
  );
});
