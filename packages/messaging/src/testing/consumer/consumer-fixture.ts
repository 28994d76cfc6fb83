import { randomUUID } from 'node:crypto';
import type { CloudEvent } from '@fanfare/contracts';
import { eventually } from '@fanfare/core/testing';
import type { Database } from '@fanfare/storage';
import type { Capability } from '@fanfare/storage/testing';
import type { Message, MessageBus } from '../../bus/message-bus';
import type { EventHandler } from '../../consumer/event-handler';
import type { Consumer, PipelineOptions } from '../../consumer/pipeline';
import { migrateMessaging } from '../../messaging-tables';
import { createTopicLog, type TopicLog } from '../../outbox/topic-log';
import type { MessageBusUnderTest } from '../message-bus-under-test';
import { newId, observe, orderCreatedEvent, systemClock, type Observed } from '../messaging-fixture';

/** On what a consumer is tested. */
export interface ConsumerUnderTest {
  openDatabase(): Promise<Database>;
  readonly bus: MessageBusUnderTest;
  readonly kind: ConsumerKind;
}

/** A kind of consumer, by where its effects become durable. */
export interface ConsumerKind {
  /** It is told which types of events it handles. */
  readonly handlesSome: Capability;
  /** Prepares the group's database; answers with how to make its members. */
  prepare(database: Database, effects: EffectWatch): Promise<(options: StartOptions) => Consumer>;
}

/** What a consumer under test does around each effect. */
export interface EffectWatch {
  /** Fails the effect by throwing. */
  readonly before: (event: Pick<CloudEvent, 'id' | 'type'>) => void;
  /** Called in the order of the commits. */
  readonly committed: (ids: readonly string[]) => void;
}

export interface StartOptions extends PipelineOptions {
  /** All that the tests send, when absent. */
  readonly handled?: EventHandler['events'];
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
  /** What happens to an event before it has its effect. */
  beforeEffect: EffectWatch['before'];
  start(overrides?: Partial<StartOptions>): Promise<{ consumer: Consumer; stop: () => Promise<void> }>;
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
  await migrateMessaging(owner);
  const topicLog: TopicLog = createTopicLog({ database: owner, clock: systemClock, topic });
  await topicLog.prepare();
  const bus = await underTest.bus.open();
  const observer = observe();
  const applied: string[] = [];
  const stops: (() => Promise<void>)[] = [];

  const createMember = await underTest.kind.prepare(database, {
    before: (event) => {
      fixture.beforeEffect(event);
    },
    committed: (ids) => void applied.push(...ids),
  });

  const fixture: ConsumerFixture = {
    topic,
    owner,
    bus,
    observer,
    applied,
    beforeEffect: () => undefined,
    async start(overrides = {}) {
      const places = { database, bus, feed: topicLog, topic, group, clock: systemClock, observer };
      const consumer = createMember({ ...places, retry: quickRetry, ...overrides });
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
