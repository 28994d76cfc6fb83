import { notificationSent, orderCancelled, orderCreated, type CloudEvent } from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import {
  createLocalHub,
  createTopicLog,
  migrateMessaging,
  openMessageBus,
  type Consumer,
  type MessagingObserver,
} from '@fanfare/messaging';
import { openDatabase, openEventLog, type Database, type EventLog, type LogEvent } from '@fanfare/storage';
import { createTopicRecorders } from './record-topics';

const clock = createSystemClock();
const ignore = () => undefined;
const observer: MessagingObserver = {
  published: ignore,
  applied: ignore,
  unreadable: ignore,
  gapFilled: ignore,
  gapLost: ignore,
  failed: ignore,
  mismatch: ignore,
  waiting: ignore,
};
const topics = [
  { topic: 'orders', feedUrl: 'http://127.0.0.1:8080', partitions: 1 },
  { topic: 'notifications', feedUrl: 'http://127.0.0.1:8084', partitions: 1 },
] as const;
const hub = createLocalHub({ clock });

/** An event of this definition about the order `o-1`. */
function about(definition: Parameters<typeof sampleOf>[0], id: string): CloudEvent {
  return { ...sampleOf(definition), id, subject: 'o-1' };
}

describe('the recorders of topics', () => {
  const stopping = new AbortController();
  let database: Database;
  let eventLog: EventLog;
  let recorders: readonly Consumer[];
  let running: Promise<unknown>;

  beforeAll(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
    eventLog = await openEventLog('sqlite::memory:');
    const bus = await openMessageBus('memory:', { hub, clock });
    recorders = createTopicRecorders({ topics, hub, eventLog, database, bus, clock, observer });
    await commit('orders', [about(orderCreated, 'created'), about(orderCancelled, 'cancelled')]);
    await commit('notifications', [about(notificationSent, 'sent')]);
    running = Promise.all(recorders.map((recorder) => recorder.run(stopping.signal)));
  });
  afterAll(async () => {
    stopping.abort();
    await running;
    await eventLog.close();
    await database.close();
  });

  async function commit(topic: string, events: readonly CloudEvent[]): Promise<void> {
    const topicLog = createTopicLog({ database, clock, topic });
    await topicLog.prepare();
    hub.offerFeed(topic, topicLog);
    await database.transact((tx) => {
      topicLog.append(tx, events);
      return Promise.resolve();
    });
  }

  async function untilRecorded(id: string): Promise<LogEvent | null> {
    return eventually(async () => {
      const found = await eventLog.findEvent(id);
      expect(found).not.toBeNull();
      return found;
    });
  }

  it('are members of the group event-store, one for each topic', () => {
    expect(recorders.map(({ group, topic }) => [group, topic])).toEqual([
      ['event-store', 'orders'],
      ['event-store', 'notifications'],
    ]);
  });

  it('record what topic orders says as the history of each order', async () => {
    await untilRecorded('cancelled');

    expect(await eventLog.readStream('o-1')).toMatchObject([
      { version: 0, stream: { id: 'o-1', type: 'order' }, event: { id: 'created' } },
      { version: 1, stream: { id: 'o-1', type: 'order' }, event: { id: 'cancelled' } },
    ]);
  });

  it('record the events of other topics in no stream, also when they are about an order', async () => {
    expect(await untilRecorded('sent')).toMatchObject({ stream: null, version: null });
  });
});
