import { mediatorCreated } from '@fanfare/contracts';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createTopicLog, migrateMessaging, type TopicLog } from '@fanfare/messaging';
import { openDatabase, type Database } from '@fanfare/storage';
import { createWaiting } from '../waiting';
import { createFacts, type Facts } from './follow-facts';

// no time passes: nothing is found by looking again
const clock = createVirtualClock();

describe('the facts of the topic', () => {
  let database: Database;
  let topicLog: TopicLog;
  let facts: Facts;
  let working: Promise<void>;
  let stopping: AbortController;
  const readFrom: number[] = [];

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:', { clock });
    await migrateMessaging(database);
    topicLog = createTopicLog({ database, clock, topic: 'mediator' });
    await topicLog.prepare();
    readFrom.length = 0;
    const watched: TopicLog = {
      ...topicLog,
      read: (partition, from, limit) => {
        if (limit > 0) readFrom.push(from);
        return topicLog.read(partition, from, limit);
      },
    };
    const onFailure = (error: unknown) => {
      throw error;
    };
    facts = createFacts({ topicLog: watched, database, clock, waiting: createWaiting(clock), onFailure });
    stopping = new AbortController();
    working = facts.worker.run(stopping.signal);
  });
  afterEach(async () => {
    stopping.abort();
    await working;
    await database.close();
  });

  async function announce(count: number, description = ''): Promise<void> {
    await database.transact(async (tx) => {
      const events = Array.from({ length: count }, (_, index) =>
        mediatorCreated.create({
          id: `e-${index}`,
          source: '/mediator',
          subject: 'm',
          time: clock.now(),
          correlationid: 'c',
          traceparent: 't',
          data: { mediator: 'm', kind: 'message', description },
        }),
      );
      topicLog.append(tx, events);
    });
  }

  /** Follows until it is stopped, or cannot follow any more. */
  function follow(from: number) {
    const sequences: number[] = [];
    const leaving = new AbortController();
    const run = async () => {
      for await (const page of facts.follow(from, leaving.signal)) {
        sequences.push(...page.map(({ sequence }) => sequence));
      }
    };
    return {
      sequences,
      ended: run(),
      leave: () => {
        leaving.abort();
      },
    };
  }

  it('are read for nobody, and for the first who follows from where he begins', async () => {
    await announce(3);
    const first = follow(await facts.head());
    await announce(2);
    await eventually(() => {
      expect(first.sequences).toEqual([4, 5]);
    });
    first.leave();
    await first.ended;
    await announce(2);
    const second = follow(await facts.head());
    await announce(1);
    await eventually(() => {
      expect(second.sequences).toEqual([8]);
    });

    expect(readFrom).toEqual([4, 8]);
    second.leave();
    await second.ended;
  });

  it('are read once for all who follow, each of whom gets each once, in order', async () => {
    const all = [follow(0), follow(0), follow(0)];
    for (let round = 0; round < 4; round += 1) await announce(40);

    const sequences = Array.from({ length: 160 }, (_, index) => index + 1);
    await eventually(() => {
      expect(all.map((each) => each.sequences)).toEqual([sequences, sequences, sequences]);
    });

    expect(readFrom).toEqual([...new Set(readFrom)]);
    for (const each of all) each.leave();
    await Promise.all(all.map(({ ended }) => ended));
  });

  it('are not kept for whoever is more than 16 MiB behind', async () => {
    const slow = facts.follow(0, stopping.signal);
    const quick = follow(0);
    await announce(1);
    expect((await slow.next()).value).toHaveLength(1);
    for (let round = 0; round < 18; round += 1) await announce(10, 'x'.repeat(100_000));
    await eventually(() => {
      expect(quick.sequences).toHaveLength(181);
    });

    await expect(slow.next()).rejects.toMatchObject({ code: 'conflict' });
    quick.leave();
    await quick.ended;
  });
});
