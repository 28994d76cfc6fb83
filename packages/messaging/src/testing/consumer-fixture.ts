import { randomUUID } from 'node:crypto';
import { orderCancelled, orderCreated, type CloudEvent } from '@fanfare/contracts';
import { eventually } from '@fanfare/core/testing';
import type { Database, Transaction } from '@fanfare/storage';
import { createConsumer, type Consumer, type ConsumerOptions } from '../consumer';
import type { Message, MessageBus } from '../message-bus';
import { createTopicLog, type TopicLog } from '../topic-log';
import type { MessageBusUnderTest } from './message-bus-under-test';
import {
  newId,
  observe,
  orderCreatedEvent,
  prepareDatabase,
  systemClock,
  type EffectTables,
  type Observed,
} from './messaging-fixture';

/** On what a consumer is tested. */
export interface ConsumerUnderTest {
  openDatabase(): Promise<Database>;
  readonly bus: MessageBusUnderTest;
}

export const group = 'analytics';

const quickRetry = { maxAttempts: 3, backoff: { firstMs: 5, maxMs: 10 } };

/** The owner of a topic, the bus, and consumers of one group whose effects can be seen and made to fail. */
export interface ConsumerFixture {
  readonly topic: string;
  readonly owner: Database;
  readonly bus: MessageBus;
  readonly observer: Observed;
  /** Ids of the events that had their effect, in the order of their commits. */
  readonly applied: readonly string[];
  /** What the handler does with an event before it has its effect. */
  beforeEffect: (event: CloudEvent) => void;
  start(overrides?: Partial<ConsumerOptions>): Promise<{ consumer: Consumer; stop: () => Promise<void> }>;
  /** Commits events to the owner's log and returns the message that its relay would send. */
  commit(...events: readonly CloudEvent[]): Promise<Message>;
  send(...messages: readonly Message[]): Promise<void>;
  untilApplied(...ids: readonly string[]): Promise<void>;
  resultsOf(id: string): readonly string[];
  close(): Promise<void>;
}

/** A message of `events`, numbered from `sequence`, or a foreign one without. */
export function messageOf(events: readonly CloudEvent[], sequence?: number): Message {
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

/** An order of `orderId`, as an event with the id `id`. */
export const created = (orderId: string, id: string = newId()) => orderCreatedEvent(orderId, { id });

export async function createConsumerFixture(underTest: ConsumerUnderTest): Promise<ConsumerFixture> {
  const topic = `orders-${randomUUID()}`;
  const owner = await underTest.openDatabase();
  const database = await underTest.openDatabase();
  await prepareDatabase(owner);
  await prepareDatabase(database);
  const topicLog: TopicLog = createTopicLog({ database: owner, clock: systemClock, topic });
  await topicLog.prepare();
  const bus = await underTest.bus.open();
  const observer = observe();
  const applied: string[] = [];
  const stops: (() => Promise<void>)[] = [];

  async function apply(tx: Transaction, events: readonly CloudEvent[]): Promise<void> {
    for (const event of events) {
      fixture.beforeEffect(event);
      const row = { id: event.id, applied_at_order: applied.length };
      await tx.queries.withTables<EffectTables>().insertInto('effects').values(row).execute();
    }
    tx.afterCommit(() => {
      applied.push(...events.map(({ id }) => id));
    });
  }

  const fixture: ConsumerFixture = {
    topic,
    owner,
    bus,
    observer,
    applied,
    beforeEffect: () => undefined,
    async start(overrides = {}) {
      const handler = { events: overrides.handler?.events ?? [orderCreated, orderCancelled], apply };
      const places = { database, bus, feed: topicLog, topic, group, clock: systemClock, newId, observer };
      const consumer = createConsumer({ ...places, retry: quickRetry, ...overrides, handler });
      const stopping = new AbortController();
      const running = consumer.run(stopping.signal);
      const stop = async () => {
        stopping.abort();
        await running;
      };
      stops.push(stop);
      if (!overrides.bus) await underTest.bus.membersJoined({ topic, group, partitions: 1, members: 1 });
      return { consumer, stop };
    },
    async commit(...events) {
      await owner.transact(async (tx) => {
        topicLog.append(tx, events);
      });
      const [position] = await topicLog.positions();
      return messageOf(events, (position?.accepted ?? 0) - events.length + 1);
    },
    send: (...messages) => bus.publish({ topic, partitions: 1 }, messages),
    untilApplied: (...ids) =>
      eventually(() => {
        expect(applied).toEqual(ids);
      }),
    resultsOf: (id) => observer.results.filter((one) => one.id === id).map(({ result }) => result),
    async close() {
      for (const stop of stops) await stop();
      await bus.close();
      await underTest.bus.removeTopic(topic, [group], 1);
      await database.close();
      await owner.close();
    },
  };
  return fixture;
}
