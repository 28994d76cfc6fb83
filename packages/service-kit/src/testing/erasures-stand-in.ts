import { privacySubjectErased } from '@fanfare/contracts';
import { createRelay, createTopicLog, migrateMessaging, openMessageBus } from '@fanfare/messaging';
import { openDatabase } from '@fanfare/storage';
import type { ServiceFactory } from '../service';

/** Stands in for the event store: owns the topic `privacy`, and says whom to forget. */
export interface ErasuresStandIn {
  readonly factory: ServiceFactory;
  erase(subject: string, erasedAt?: Date): Promise<void>;
}

export function createErasuresStandIn(): ErasuresStandIn {
  let erase: ErasuresStandIn['erase'] = () => Promise.reject(new Error('not hosted yet'));
  return {
    erase: (...erasure) => erase(...erasure),
    async factory({ own, clock, hub, newId, messagingObserver: observer }) {
      const database = own(await openDatabase('sqlite::memory:', { clock }));
      const bus = own(await openMessageBus('memory:', { hub, clock }));
      const topicLog = createTopicLog({ database, clock, topic: 'privacy' });
      erase = (subject, erasedAt = clock.now()) => {
        const id = newId();
        const event = privacySubjectErased.create({
          ...{ id, source: '/event-store', subject: id, time: clock.now() },
          correlationid: id,
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
          data: { subject, erased_events: 0, erased_snapshots: 0, erased_at: erasedAt.toISOString() },
        });
        return database.transact((tx) => {
          topicLog.append(tx, [event]);
          return Promise.resolve();
        });
      };
      return {
        name: 'event-store',
        listen: { host: '127.0.0.1', port: 0 },
        routes: [],
        async prepare() {
          await migrateMessaging(database);
          await topicLog.prepare();
        },
        topicLogs: [topicLog],
        consumers: [],
        workers: [createRelay({ database, topicLog, bus, clock, newId, observer })],
        checks: { database, mq: bus },
      };
    },
  };
}
