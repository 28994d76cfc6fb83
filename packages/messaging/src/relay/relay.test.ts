import { AppError, createVirtualClock } from '@fanfare/core';
import { createSuspendableClock, eventually } from '@fanfare/core/testing';
import { openDatabase, type Database } from '@fanfare/storage';
import type { Message, MessageBus } from '../bus/message-bus';
import { migrateMessaging } from '../messaging-tables';
import { createRelay } from './relay';
import { openRelayCursors } from './relay-cursors';
import { newId, observe, orderCreatedEvent, systemClock } from '../testing/messaging-fixture';
import { createTopicLog, type TopicLog } from '../outbox/topic-log';

/** Ids of the events in a message. */
function idsOf({ body }: Message): string[] {
  const parsed = JSON.parse(body.toString()) as { id: string } | { id: string }[];
  return [parsed].flat().map(({ id }) => id);
}

/** A bus whose broker is as reliable as the test says: what it confirmed is in `taken`. */
function createRecordingBus() {
  const taken: Message[] = [];
  const broker = { isAway: false, losesConfirms: false };
  const bus: MessageBus = {
    async publish(_, messages) {
      if (broker.isAway) throw new AppError('unavailable', 'the broker is away');
      taken.push(...messages);
      if (broker.losesConfirms)
        throw new AppError('unavailable', 'the connection was lost before the confirm');
    },
    subscribe: () => Promise.reject(new Error('nobody subscribes here')),
    ping: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { bus, taken, broker };
}

describe('relay', () => {
  let database: Database;
  let topicLog: TopicLog;

  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
    topicLog = createTopicLog({ database, clock: systemClock, topic: 'orders' });
    await topicLog.prepare();
  });
  afterEach(() => database.close());

  const append = (...ids: string[]) =>
    database.transact(async (tx) => {
      topicLog.append(
        tx,
        ids.map((id) => orderCreatedEvent(`order-${id}`, { id })),
      );
    });

  function startRelay(bus: MessageBus, clock = systemClock, name?: string) {
    const observer = observe();
    const options = { database, topicLog, bus, clock, newId, observer };
    const relay = createRelay({ ...options, ...(name !== undefined && { name }) });
    const stop = new AbortController();
    const running = relay.run(stop.signal);
    return {
      observer,
      async stop() {
        stop.abort();
        await running;
      },
    };
  }

  it('publishes in commit order, several transactions in one message, and moves its cursor', async () => {
    const { bus, taken } = createRecordingBus();
    await append('a', 'b');
    await append('c');
    const running = startRelay(bus);

    await eventually(async () => {
      expect(await topicLog.positions()).toEqual([{ partition: 0, accepted: 3, published: 3 }]);
    });

    await running.stop();
    expect(taken).toMatchObject([
      { id: 'a', sequence: 1, count: 3, contentType: 'application/cloudevents-batch+json' },
    ]);
    expect(JSON.parse(taken[0]?.body.toString() ?? '')).toMatchObject([
      { id: 'a' },
      { id: 'b' },
      { id: 'c' },
    ]);
  });

  it('puts no events into one message between which one was taken out', async () => {
    const { bus, taken } = createRecordingBus();
    for (const id of ['a', 'b', 'c']) await append(id);
    await database.queries
      .withTables<{ topic_log: { first_sequence: number } }>()
      .deleteFrom('topic_log')
      .where('first_sequence', '=', 2)
      .execute();
    const running = startRelay(bus);

    await eventually(() => {
      expect(taken).toMatchObject([
        { id: 'a', sequence: 1, count: 1 },
        { id: 'c', sequence: 3, count: 1 },
      ]);
    });

    await running.stop();
  });

  it('publishes an event that comes alone as itself', async () => {
    const { bus, taken } = createRecordingBus();
    await append('a');
    const running = startRelay(bus);

    await eventually(() => {
      expect(taken).toHaveLength(1);
    });

    await running.stop();
    expect(taken).toMatchObject([{ id: 'a', count: 1, contentType: 'application/cloudevents+json' }]);
    expect(JSON.parse(taken[0]?.body.toString() ?? '')).toMatchObject({ id: 'a', subject: 'order-a' });
  });

  it('keeps messages within their bounds', async () => {
    const { bus, taken } = createRecordingBus();
    await append(...Array.from({ length: 100 }, (_, index) => `a-${index}`));
    await append(...Array.from({ length: 100 }, (_, index) => `b-${index}`));
    const running = startRelay(bus);

    await eventually(() => {
      expect(taken.map(({ sequence, count }) => [sequence, count])).toEqual([
        [1, 100],
        [101, 100],
      ]);
    });
    await running.stop();
  });

  it('is woken by a commit', async () => {
    const { bus, taken } = createRecordingBus();
    const clock = createVirtualClock();
    const running = startRelay(bus, clock);
    await eventually(() => {
      expect(clock.pending).toBe(2);
    });

    await append('a');

    await eventually(() => {
      expect(taken).toHaveLength(1);
    });
    await running.stop();
  });

  it('keeps everything while the broker is away, and publishes it in order when it is back', async () => {
    const { bus, taken, broker } = createRecordingBus();
    broker.isAway = true;
    const running = startRelay(bus);
    await append('a');
    await append('b');
    await eventually(() => {
      expect(running.observer.waits).toContain('relay of orders');
    });

    broker.isAway = false;

    await eventually(() => {
      expect(taken.flatMap(idsOf)).toEqual(['a', 'b']);
    });
    await running.stop();
  });

  it('publishes again what was not confirmed: at least once, never less', async () => {
    const { bus, taken, broker } = createRecordingBus();
    broker.losesConfirms = true;
    const running = startRelay(bus);
    await append('a');
    await eventually(() => {
      expect(taken.length).toBeGreaterThanOrEqual(2);
    });

    broker.losesConfirms = false;

    await eventually(async () => {
      expect(await topicLog.positions()).toMatchObject([{ published: 1 }]);
    });
    await running.stop();
    expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(['a']));
  });

  it('lets one instance at a time relay, and another take over when it stops', async () => {
    const first = createRecordingBus();
    const second = createRecordingBus();
    const leader = startRelay(first.bus);
    await append('a');
    await eventually(() => {
      expect(first.taken).toHaveLength(1);
    });
    const follower = startRelay(second.bus);
    await append('b');
    await eventually(() => {
      expect(first.taken).toHaveLength(2);
    });

    await leader.stop();
    await append('c');

    await eventually(() => {
      expect(second.taken.map(({ id }) => id)).toEqual(['c']);
    });
    await follower.stop();
  });

  it.each([
    ['before the broker takes it', 'never'],
    ['after the broker has taken it, before it confirms', 'taken'],
    ['after the confirm, before the cursor is moved', 'confirmed'],
  ] as const)('loses nothing of a commit when it dies %s', async (_, step) => {
    const dying = createRecordingBus();
    const forever = new Promise<void>(() => undefined);
    let reached = false;
    const publish: MessageBus['publish'] = async (target, messages) => {
      reached = true;
      if (step !== 'never') await dying.bus.publish(target, messages);
      if (step !== 'confirmed') await forever;
    };
    const [deathAt, later] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:01:00Z')];
    // a clock that nobody turns: what this relay has not done by now, it never does
    startRelay({ ...dying.bus, publish }, createVirtualClock(deathAt));
    await append('a');
    await append('b');
    await eventually(() => {
      expect(reached).toBe(true);
    });
    expect(await topicLog.positions()).toMatchObject([{ accepted: 2, published: 0 }]);

    const next = createRecordingBus();
    const clock = createVirtualClock(later);
    const running = startRelay(next.bus, clock);

    await eventually(async () => {
      await clock.advance(100);
      expect(await topicLog.positions()).toMatchObject([{ accepted: 2, published: 2 }]);
    });
    await running.stop();
    expect(next.taken.flatMap(idsOf)).toEqual(['a', 'b']);
  });

  it('refuses to let a former holder of the lease move the cursor, and says so', async () => {
    const former = await openRelayCursors(database, 'orders', 1);
    const current = await openRelayCursors(database, 'orders', 2);
    await append('a', 'b');

    former.published.set(0, 2);
    await expect(former.save(0)).rejects.toMatchObject({ code: 'conflict' });
    await expect(openRelayCursors(database, 'orders', 1)).rejects.toMatchObject({ code: 'conflict' });
    current.published.set(0, 1);
    await current.save(0);

    expect(await topicLog.positions()).toMatchObject([{ accepted: 2, published: 1 }]);
  });

  it('keeps its lease while the broker takes its time to confirm, with others waiting for it', async () => {
    const clock = createVirtualClock();
    const [slow, other] = [createRecordingBus(), createRecordingBus()];
    const publish: MessageBus['publish'] = async (target, messages) => {
      await clock.sleep(8_000);
      await slow.bus.publish(target, messages);
    };
    await append('a');
    const relays = [startRelay({ ...slow.bus, publish }, clock)];
    await clock.advance(1);
    relays.push(startRelay(other.bus, clock));

    await clock.advance(8_000);
    await append('b');
    await clock.advance(9_000);

    expect(await topicLog.positions()).toMatchObject([{ accepted: 2, published: 2 }]);
    expect([slow.taken, other.taken].map((taken) => taken.flatMap(idsOf))).toEqual([['a', 'b'], []]);
    await Promise.all(relays.map((relay) => relay.stop()));
  });

  it('goes on when its process slept, and another relayed and stopped meanwhile', async () => {
    const clock = createVirtualClock();
    const its = createSuspendableClock(clock);
    const [sleeper, other] = [createRecordingBus(), createRecordingBus()];
    const first = startRelay(sleeper.bus, its);
    await append('a');
    await clock.advance(1_000);
    its.suspend();
    const second = startRelay(other.bus, clock);
    await clock.advance(5_000);
    await append('b');
    await clock.advance(1_000);
    await second.stop();
    expect(other.taken.flatMap(idsOf)).toEqual(['b']);

    its.resume();
    await clock.advance(2_000);
    await append('c');
    await clock.advance(1_000);

    expect(await topicLog.positions()).toMatchObject([{ accepted: 3, published: 3 }]);
    await first.stop();
  });

  it('keeps a place of its own under another name, beside the relay that feeds the bus', async () => {
    const [bus, archive] = [createRecordingBus(), createRecordingBus()];
    archive.broker.isAway = true;
    const relays = [startRelay(bus.bus), startRelay(archive.bus, systemClock, 'archive')];
    await append('a', 'b');
    await eventually(async () => {
      expect(await topicLog.positions()).toMatchObject([{ accepted: 2, published: 2 }]);
    });

    archive.broker.isAway = false;
    await eventually(() => {
      expect(archive.taken.flatMap(idsOf)).toEqual(['a', 'b']);
    });
    await Promise.all(relays.map((relay) => relay.stop()));
    const again = startRelay(archive.bus, systemClock, 'archive');
    await append('c');
    await eventually(() => {
      expect(archive.taken.flatMap(idsOf)).toEqual(['a', 'b', 'c']);
    });
    await again.stop();

    expect(bus.taken.flatMap(idsOf)).toEqual(['a', 'b']);
  });
});
