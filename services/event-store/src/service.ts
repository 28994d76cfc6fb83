import path from 'node:path';
import { migrateMessaging } from '@fanfare/messaging';
import type { Resources, Service } from '@fanfare/service-kit';
import {
  createCheckpointSigner,
  migrate,
  openDatabase,
  openEventLog,
  readMigrations,
} from '@fanfare/storage';
import type { EventStoreConfig } from './config';
import { openStream } from './kafka/open-stream';
import { createSignals } from './live/signals';
import { createTail } from './live/tail';
import { createWebSocket } from './live/web-socket';

const migrations = readMigrations(path.join(__dirname, '..', 'migrations'));

/** Keeps every event for good: takes them in, gives them back, and hands them on to whoever observes. */
export async function createEventStore(config: EventStoreConfig, resources: Resources): Promise<Service> {
  const { clock, logger, metrics, messagingObserver } = resources;
  const { name, signingKey } = config;
  const database = resources.own(await openDatabase(config.databaseUrl, { clock }));
  const signer = signingKey === undefined ? undefined : createCheckpointSigner(signingKey);
  const log = resources.own(await openEventLog(config.eventLogUrl, { clock, signer }));
  const tail = createTail({
    log,
    clock,
    onFailure: (error, delayMs) => {
      messagingObserver.waiting('the end of the event log', error, delayMs);
    },
  });
  const signals = createSignals();
  const settings = config.webSocket;
  const stream = openStream(config.streamUrl, { resources, name, tail, log, database });

  return {
    name,
    listen: config.listen,
    routes: [],
    upgrade: createWebSocket({ tail, log, signals, clock, logger, metrics, settings }),
    async prepare() {
      await migrate(database, { component: 'event-store', migrations, clock });
      await migrateMessaging(database);
    },
    topicLogs: [],
    consumers: [],
    workers: [tail.worker, ...stream.workers],
    checks: { database, event_log: log, ...stream.checks },
  };
}
