import { orderCancelled, orderCreated, partitionKeyOf, type CloudEvent } from '@fanfare/contracts';
import { AppError, PermanentError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openDatabase, type Database, type Transaction } from '@fanfare/storage';
import { createConsumer, type Consumer, type ConsumerOptions } from './consumer';
import { createLocalHub } from './local-hub';
import type { Message, MessageBus } from './message-bus';
import { openMessageBus } from './open-message-bus';
import {
  newId,
  observe,
  orderCancelledEvent,
  orderCreatedEvent,
  prepareDatabase,
  systemClock,
  type EffectTables,
  type Observed,
} from './testing/messaging-fixture';
import { createTopicLog, type TopicLog } from './topic-log';

const topic = 'orders';
const group = 'analytics';
const retry = { maxAttempts: 3, backoff: { firstMs: 5, maxMs: 10 } };

describe('consumer', () => {
  let owner: Database;
  let database: Database;
  let topicLog: TopicLog;
  let bus: MessageBus;
  let observer: Observed;
  let applied: string[];
  /** What the handler does with an event before it has its effect. */
  let beforeEffect: (event: CloudEvent) => void;
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    owner = await openDatabase('sqlite::memory:');
    database = await openDatabase('sqlite::memory:');
    await prepareDatabase(owner);
    await prepareDatabase(database);
    topicLog = createTopicLog({ database: owner, clock: systemClock, topic });
    await topicLog.prepare();
    bus = await openMessageBus('memory:', {
      hub: createLocalHub({ clock: systemClock }),
      clock: systemClock,
    });
    observer = observe();
    applied = [];
    beforeEffect = () => undefined;
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
    await bus.close();
    await database.close();
    await owner.close();
  });

  async function apply(tx: Transaction, events: readonly CloudEvent[]): Promise<void> {
    for (const event of events) {
      beforeEffect(event);
      const row = { id: event.id, applied_at_order: applied.length };
      await tx.queries.withTables<EffectTables>().insertInto('effects').values(row).execute();
    }
    tx.afterCommit(() => {
      applied.push(...events.map(({ id }) => id));
    });
  }

  function start(overrides: Partial<ConsumerOptions> = {}): {
    consumer: Consumer;
    stop: () => Promise<void>;
  } {
    const handler = { events: [orderCreated, orderCancelled], apply };
    const options = {
      database,
      bus,
      feed: topicLog,
      clock: systemClock,
      newId,
      observer,
      topic,
      group,
      handler,
      retry,
    };
    const consumer = createConsumer({ ...options, ...overrides });
    const stopping = new AbortController();
    const running = consumer.run(stopping.signal);
    const stop = async () => {
      stopping.abort();
      await running;
    };
    stops.push(stop);
    return { consumer, stop };
  }

  /** Commits events to the owner's log and returns the message that its relay would send. */
  async function commit(...events: CloudEvent[]): Promise<Message> {
    await owner.transact(async (tx) => {
      topicLog.append(tx, events);
    });
    const [position] = await topicLog.positions();
    return messageOf(events, (position?.accepted ?? 0) - events.length + 1);
  }

  function messageOf(events: readonly CloudEvent[], sequence?: number): Message {
    const body = Buffer.from(JSON.stringify(events.length === 1 ? events[0] : events));
    return {
      partition: 0,
      id: 'm',
      contentType: 'application/cloudevents+json',
      body,
      sequence,
      count: events.length,
    };
  }

  const send = (...messages: Message[]) => bus.publish({ topic, partitions: 1 }, messages);
  const created = (orderId: string, id = newId()) => orderCreatedEvent(orderId, { id });
  const untilApplied = (...ids: string[]) =>
    eventually(() => {
      expect(applied).toEqual(ids);
    });
  const resultsOf = (id: string) =>
    observer.results.filter((one) => one.id === id).map(({ result }) => result);

  it('applies the events of its topic in order', async () => {
    start();

    await send(await commit(created('o-1', 'a'), created('o-2', 'b')), await commit(created('o-3', 'c')));

    await untilApplied('a', 'b', 'c');
  });

  it('applies an event once, however often the bus delivers it', async () => {
    start();
    const message = await commit(created('o-1', 'a'), created('o-2', 'b'));

    await send(message, message);
    await untilApplied('a', 'b');
    await send(message, await commit(created('o-3', 'c')));

    await untilApplied('a', 'b', 'c');
    expect(resultsOf('a').sort()).toEqual(['applied', 'duplicate', 'duplicate']);
  });

  it('fetches what the bus skipped from the feed, in order, and reports the gap', async () => {
    const { consumer } = start();
    await send(await commit(created('o-1', 'a')));
    await untilApplied('a');
    await commit(created('o-2', 'b'), created('o-3', 'c'));

    await send(await commit(created('o-4', 'd')));

    await untilApplied('a', 'b', 'c', 'd');
    expect(observer.filled).toEqual([{ topic, group, partition: 0, from: 2, to: 3, cause: 'delivery' }]);
    expect(await consumer.positions()).toMatchObject([{ applied: 4, head: 4, gapsFilled: 2, missing: [] }]);
  });

  it('gets what was placed before it ever ran, with nothing on the bus', async () => {
    await commit(created('o-1', 'a'), created('o-2', 'b'));

    start();

    await untilApplied('a', 'b');
    expect(observer.filled).toMatchObject([{ from: 1, to: 2, cause: 'catch_up' }]);
  });

  it('goes on after its cursor when it is started again', async () => {
    const first = start();
    await send(await commit(created('o-1', 'a')));
    await untilApplied('a');
    await first.stop();
    const missed = await commit(created('o-2', 'b'));

    start();
    await send(missed, await commit(created('o-3', 'c')));

    await untilApplied('a', 'b', 'c');
  });

  it('passes over events that it does not handle', async () => {
    start({ handler: { events: [orderCreated], apply } });
    const cancelled = orderCancelledEvent('o-1');

    await send(await commit(created('o-1', 'a'), cancelled, created('o-2', 'b')));

    await untilApplied('a', 'b');
    expect(resultsOf(cancelled.id)).toEqual(['ignored']);
  });

  it('takes a foreign event without a sequence once', async () => {
    start();
    const foreign = messageOf([created('o-1', 'x')]);

    await send(foreign, foreign, messageOf([created('o-2', 'y'), created('o-2', 'y')]));

    await untilApplied('x', 'y');
  });

  it('parks a failing event, lets other keys go on and makes its own key wait', async () => {
    const { consumer } = start({ retry: { maxAttempts: 5, backoff: { firstMs: 60_000, maxMs: 60_000 } } });
    beforeEffect = ({ id }) => {
      if (id === 'bad') throw new Error('cannot be applied yet');
    };

    await send(
      await commit(created('o-0', 'first'), created('o-1', 'bad'), created('o-2', 'other')),
      await commit(created('o-1', 'behind'), created('o-3', 'last')),
    );

    await untilApplied('first', 'other', 'last');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { eventId: 'bad', key: 'o-1', state: 'parked', attempts: 1, reason: 'cannot be applied yet' },
      { eventId: 'behind', key: 'o-1', state: 'parked', attempts: 0 },
    ]);
    expect(await consumer.positions()).toMatchObject([{ applied: 5, parked: 2, inFlight: 0 }]);
  });

  it('applies a parked event when it no longer fails, and then those behind it, in order', async () => {
    start();
    let failures = 0;
    beforeEffect = ({ id }) => {
      if (id === 'bad' && failures < 2) {
        failures += 1;
        throw new Error('not yet');
      }
    };

    await send(
      await commit(created('o-1', 'bad')),
      await commit(created('o-1', 'second'), created('o-1', 'third')),
    );

    await untilApplied('bad', 'second', 'third');
    await send(await commit(created('o-1', 'fourth')));
    await untilApplied('bad', 'second', 'third', 'fourth');
  });

  it('gives an event up after its last attempt and lets its key go on, when effects commute', async () => {
    const { consumer } = start();
    beforeEffect = ({ id }) => {
      if (id === 'bad') throw new Error('never');
    };

    await send(await commit(created('o-1', 'bad'), created('o-1', 'next')));

    await untilApplied('next');
    expect(await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 })).toMatchObject([
      { eventId: 'bad', attempts: 3, reason: 'never' },
    ]);
    expect(observer.failures.at(-1)).toMatchObject({ eventId: 'bad', isDead: true, attempts: 3 });
  });

  it('keeps a key blocked behind a dead letter until it is redriven, when order matters', async () => {
    const { consumer } = start({ onDeadLetter: 'block' });
    let isBroken = true;
    beforeEffect = ({ id }) => {
      if (id === 'bad' && isBroken) throw new Error('never');
    };
    await send(await commit(created('o-1', 'bad'), created('o-1', 'next'), created('o-2', 'other')));
    await eventually(async () => {
      expect(await consumer.positions()).toMatchObject([{ deadLetters: 1, parked: 1 }]);
    });
    await untilApplied('other');

    isBroken = false;
    expect(await consumer.parked.redrive('all')).toBe(1);

    await untilApplied('other', 'bad', 'next');
  });

  it('makes an event that no retry can cure a dead letter at once', async () => {
    const { consumer } = start();
    beforeEffect = ({ id }) => {
      if (id === 'bad') throw new PermanentError('the order has no such line');
    };

    await send(await commit(created('o-1', 'bad'), created('o-2', 'good')));

    await untilApplied('good');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { state: 'dead', attempts: 1 },
    ]);
  });

  it('keeps the bytes and the reason of what is no event, and goes on', async () => {
    const { consumer } = start();
    const message = await commit(created('o-1', 'a'));

    await send({ ...message, body: Buffer.from('\u0000not json') }, await commit(created('o-2', 'b')));

    await untilApplied('b');
    const [dead] = await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 });
    expect(dead).toMatchObject({ sequence: 1, body: Buffer.from('\u0000not json'), eventId: null });
    expect(dead?.reason).toMatch(/not JSON/);
  });

  it('applies a dead letter whose bytes were mended', async () => {
    const { consumer } = start();
    const message = await commit(created('o-1', 'a'));
    await send({ ...message, body: Buffer.from('{}') });
    const dead = await eventually(async () => {
      const [row] = await consumer.parked.list({ state: 'dead', limit: 1, offset: 0 });
      expect(row).toBeDefined();
      return row;
    });

    await consumer.parked.redrive({ id: dead?.id ?? '', body: message.body });

    await untilApplied('a');
  });

  it('removes a dead letter for good when it is dropped', async () => {
    const { consumer } = start();
    await send(messageOf([{ ...created('o-1', 'a'), data: {} }], 1));
    await eventually(async () => {
      expect(await consumer.positions()).toMatchObject([{ deadLetters: 1 }]);
    });

    expect(await consumer.parked.drop('all')).toBe(1);

    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toEqual([]);
  });

  it('pauses while a dependency is away, and spends no attempt on it', async () => {
    const { consumer } = start({ retry: { maxAttempts: 1, backoff: { firstMs: 5, maxMs: 5 } } });
    let tries = 0;
    beforeEffect = () => {
      tries += 1;
      if (tries <= 3) throw new AppError('unavailable', 'the price list is away');
    };

    await send(await commit(created('o-1', 'a'), created('o-2', 'b')));

    await untilApplied('a', 'b');
    expect(observer.failures).toEqual([]);
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toEqual([]);
  });

  it('finds the one bad event of a large batch and applies all the others in order', async () => {
    start({ retry: { maxAttempts: 1, backoff: { firstMs: 5, maxMs: 5 } } });
    const ids = Array.from({ length: 100 }, (_, index) => `e-${index}`);
    beforeEffect = ({ id }) => {
      if (id === 'e-37') throw new Error('bad');
    };

    await send(await commit(...ids.map((id) => created(id, id))));

    await untilApplied(...ids.filter((id) => id !== 'e-37'));
  });

  it('records as lost what the owner no longer keeps, and goes on', async () => {
    await commit(created('o-1', 'a'), created('o-2', 'b'));
    await owner.queries.withTables<{ topic_log: { topic: string } }>().deleteFrom('topic_log').execute();
    const { consumer } = start();

    await send(await commit(created('o-3', 'c')));

    await untilApplied('c');
    expect(observer.lost).toMatchObject([{ from: 1, to: 2 }]);
    expect(await consumer.positions()).toMatchObject([{ applied: 3, missing: [1, 2] }]);
  });

  it('never applies an event twice when two members of a group get the same messages', async () => {
    const members = await Promise.all(
      [1, 2].map(() =>
        openMessageBus('memory:', { hub: createLocalHub({ clock: systemClock }), clock: systemClock }),
      ),
    );
    for (const member of members) start({ bus: member });
    const ids = Array.from({ length: 60 }, (_, index) => `e-${index}`);

    for (const id of ids) {
      const message = await commit(created(`o-${id}`, id));
      await Promise.all(members.map((member) => member.publish({ topic, partitions: 1 }, [message])));
    }

    await untilApplied(...ids);
    await Promise.all(members.map((member) => member.close()));
  });

  it('keeps the order of each key, whatever fails and however often', async () => {
    start({ retry: { maxAttempts: 1_000, backoff: { firstMs: 1, maxMs: 3 } } });
    let calls = 0;
    beforeEffect = () => {
      calls += 1;
      if (calls % 7 === 0) throw new Error('every seventh call fails');
    };
    const events = Array.from({ length: 120 }, (_, index) => created(`o-${index % 6}`, `e-${index}`));

    for (let index = 0; index < events.length; index += 4)
      await send(await commit(...events.slice(index, index + 4)));

    await eventually(() => {
      expect(applied).toHaveLength(events.length);
    });
    for (const key of ['o-0', 'o-1', 'o-2', 'o-3', 'o-4', 'o-5']) {
      const expected = events.filter((event) => partitionKeyOf(event) === key).map(({ id }) => id);
      expect(applied.filter((id) => expected.includes(id))).toEqual(expected);
    }
  });
});
