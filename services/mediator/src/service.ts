import path from 'node:path';
import {
  createRelay,
  createRetention,
  createTopicLog,
  migrateMessaging,
  openFeed,
  openMessageBus,
} from '@fanfare/messaging';
import { startSpan, type Resources, type Service } from '@fanfare/service-kit';
import { migrate, openDatabase, readMigrations } from '@fanfare/storage';
import { createAnnounce } from './announcements/announce';
import type { MediatorConfig } from './config';
import { createParts } from './create-parts';
import { infoRoute } from './info-route';
import { openKafka } from './kafka/kafka';
import { measureRuns } from './measure-runs';
import { createDirectory } from './mediators/create-directory';
import { createPruning } from './retention';
import { createOrderSaga } from './saga/order-saga';
import { createTimers } from './timers/create-timers';
import { createWaiting } from './waiting';
import { createMediatorWebSocket } from './websocket/web-socket';

const migrations = readMigrations(path.join(__dirname, '..', 'migrations'));

/** Lets parts of a system work together that know only the mediator, in ten kinds. */
export async function createMediatorService(config: MediatorConfig, resources: Resources): Promise<Service> {
  const { clock, newId, logger, metrics, messagingObserver: observer, hub } = resources;
  const { name, inactiveTimeoutMs } = config;
  const database = resources.own(await openDatabase(config.databaseUrl, { clock }));
  const bus = resources.own(await openMessageBus(config.messageBusUrl, { hub, clock, name }));
  const topicLog = createTopicLog({ database, clock, topic: 'mediator' });
  const relay = createRelay({ database, topicLog, bus, clock, newId, observer });

  const timers = createTimers({
    ...{ database, clock, newId, logger },
    onFailure: (error, delayMs) => {
      observer.waiting('the timers', error, delayMs);
    },
  });
  const newTrace = () => ({ correlationid: newId(), traceparent: startSpan(undefined).traceparent });
  const deps = {
    ...{ config, database, clock, newId, newTrace, logger, metrics },
    random: Math.random,
    directory: createDirectory({ database, clock, inactiveTimeoutMs }),
    timers,
    waiting: createWaiting(clock),
    announce: createAnnounce({ topicLog, clock, newId, newTrace }),
  };

  const { parts, mediators, messages, mailboxes, definitions, workflows } = createParts(deps);
  const webSocket = createMediatorWebSocket({ ...deps, ...messages, ...mailboxes, topicLog });
  measureRuns(metrics, parts);
  const feed = openFeed({ topic: 'orders', ownerUrl: config.ordersFeedUrl, hub, clock });
  const saga = createOrderSaga({ ...deps, ...mediators, workflows, definitions, bus, feed, observer });
  const kafka = openKafka(config.streamUrl, {
    ...{ ...deps, ...mediators, ...messages, workflows },
    ...{ resources, name, topicLog },
  });
  const keepMs = config.topicRetentionHours * 3_600_000;
  const retention = createRetention({ database, clock, keepMs, otherRelays: kafka.otherRelays });
  const pruning = createPruning({ parts, clock, retentionMs: config.retentionMs });

  return {
    name,
    listen: config.listen,
    routes: [infoRoute(config), ...parts.flatMap(({ routes }) => routes)],
    ...(config.webSocket.isEnabled && { upgrade: webSocket.upgrade }),
    async prepare() {
      await migrate(database, { component: 'mediator', migrations, clock });
      await migrateMessaging(database);
      await topicLog.prepare();
      await saga.prepare();
      await kafka.prepare();
    },
    topicLogs: [topicLog, ...kafka.topicLogs],
    consumers: [...saga.consumers, ...kafka.consumers],
    workers: [
      ...[relay, retention, pruning, timers.worker, webSocket.worker],
      ...kafka.workers,
      ...parts.flatMap(({ workers = [] }) => workers),
    ],
    checks: { database, mq: bus, ...kafka.checks },
    healthDetails: saga.healthDetails,
  };
}
