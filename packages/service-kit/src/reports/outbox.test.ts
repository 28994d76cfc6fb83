import { orderCreated, type CloudEvent } from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createTopicLog, migrateMessaging, type TopicLog } from '@fanfare/messaging';
import { openDatabase, type Database } from '@fanfare/storage';
import { createOutbox, type Outbox } from './outbox';

const event = (id: string): CloudEvent => ({ ...sampleOf(orderCreated), id });

describe('the outbox of reports', () => {
  const clock = createVirtualClock();
  let database: Database;
  let topicLog: TopicLog;
  let outbox: Outbox;
  let transactions: number;
  /** What a transaction meets instead of the database. */
  let fault: (() => Promise<never>) | undefined;
  let lost: string[];

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
    topicLog = createTopicLog({ database, clock, topic: 'audit-order-service' });
    await topicLog.prepare();
    [transactions, fault, lost] = [0, undefined, []];
    const transact: Database['transact'] = (work) => {
      transactions += 1;
      return fault ? fault() : database.transact(work);
    };
    outbox = createOutbox({
      database: { transact },
      topicLog,
      clock,
      onLost: ({ id }) => lost.push(id),
    });
  });
  afterEach(() => database.close());

  const away = () => Promise.reject(new AppError('unavailable', 'the database is away'));
  const written = async () => (await topicLog.read(0, 1, 1_000)).events.map(({ id }) => id);

  async function whileRunning(act: () => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const running = outbox.worker.run(stop.signal);
    await act();
    stop.abort();
    await running;
  }

  it('is durable when it says so, and many at once share transactions', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `e-${n}`);

    await Promise.all(ids.map((id) => outbox.write(event(id))));

    expect(await written()).toEqual(ids);
    expect(transactions).toBeLessThanOrEqual(3);
  });

  it('keeps what comes while the database is away, and writes it in order when it is back', async () => {
    fault = away;
    for (const id of ['a', 'b', 'c']) await outbox.write(event(id));
    expect(await written()).toEqual([]);

    await whileRunning(async () => {
      await clock.advance(1_000);
      fault = undefined;
      await clock.advance(1_000);
      await eventually(async () => {
        expect(await written()).toEqual(['a', 'b', 'c']);
      });
    });

    expect(lost).toEqual([]);
  });

  it('lets nobody wait for a database that does not answer', async () => {
    let answer!: () => void;
    const silence = new Promise<void>((resolve) => (answer = resolve));
    fault = async () => {
      await silence;
      return away();
    };
    let isOver = false;

    const writing = outbox.write(event('a')).then(() => (isOver = true));
    await clock.advance(999);
    expect(isOver).toBe(false);
    await clock.advance(1);
    await writing;

    answer();
    fault = undefined;
    await whileRunning(async () => {
      await eventually(async () => {
        expect(await written()).toEqual(['a']);
      });
    });
  });

  it('keeps a thousand while the database is away, and names those that it loses', async () => {
    fault = away;

    for (let n = 0; n < 1_002; n += 1) await outbox.write(event(`e-${n}`));

    expect(lost).toEqual(['e-1000', 'e-1001']);
  });

  it('keeps what met a lock of others that does not pass', async () => {
    fault = () => Promise.reject(new AppError('unavailable', 'the same data is being changed by others'));
    await outbox.write(event('a'));
    fault = undefined;

    await whileRunning(() =>
      eventually(async () => {
        expect(await written()).toEqual(['a']);
      }),
    );
    expect(lost).toEqual([]);
  });

  it('loses only the one that the database refuses', async () => {
    const append = topicLog.append.bind(topicLog);
    topicLog.append = (tx, events) => {
      if (events[0]?.id === 'bad') throw new Error('refused');
      append(tx, events);
    };

    await Promise.all(['a', 'bad', 'b'].map((id) => outbox.write(event(id))));

    expect((await written()).sort()).toEqual(['a', 'b']);
    expect(lost).toEqual(['bad']);
  });

  it('names what is still kept when the service stops', async () => {
    fault = away;
    await outbox.write(event('a'));

    await whileRunning(async () => undefined);

    expect(lost).toEqual(['a']);
  });
});
