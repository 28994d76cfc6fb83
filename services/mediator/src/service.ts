import path from 'node:path';
import {
  createRelay,
  createRetention,
  createTopicLog,
  migrateMessaging,
  openFeed,
  openMessageBus,
} from '@fanfare/messaging';
import {
  createErasureConsumers,
  createTickets,
  migrateForgotten,
  startSpan,
  type Resources,
  type Service,
} from '@fanfare/service-kit';
import { migrate, openArchive, openDatabase, readMigrations } from '@fanfare/storage';
import { archivedParts } from './archive-rows';
import { createAnnounce } from './announcements/announce';
import { createAuditByPath } from './audit-by-path';
import type { MediatorConfig } from './config';
import { createParts } from './create-parts';
import { infoRoute } from './info-route';
import { openKafka } from './kafka/kafka';
import { measureRuns } from './measure-runs';
import { createDirectory } from './mediators/create-directory';
import { createForgetPerson, forgetInParked } from './privacy/forget-person';
import { createPruning } from './retention';
import { createOrderSaga } from './saga/order-saga';
import { createTimers } from './timers/create-timers';
import { createWaiting } from './waiting';
import { createMediatorWebSocket } from './websocket/web-socket';

const migrations = readMigrations(path.join(__dirname, '..', 'migrations'));

/** Lets parts of a system work together that know only the mediator, in ten kinds. */
export async function createMediatorService(config: MediatorConfig, resources: Resources): Promise<Service> {
  const { clock, newId, logger, metrics, tracer, messagingObserver: observer, hub } = resources;
  const { name, inactiveTimeoutMs } = config;
  const database = resources.own(await openDatabase(config.databaseUrl, { clock }));
  const { archiveUrl } = config;
  const archive = archiveUrl === null ? null : resources.own(await openArchive(archiveUrl, { clock }));
  const bus = resources.own(await openMessageBus(config.messageBusUrl, { hub, clock, name, observer }));
  const topicLog = createTopicLog({ database, clock, topic: 'mediator' });
  const relay = createRelay({ database, topicLog, bus, clock, newId, observer });

  const timers = createTimers({
    database,
    clock,
    newId,
    logger,
    onFailure: (error, delayMs) => {
      observer.waiting('the timers', error, delayMs);
    },
  });
  const newTrace = () => ({ correlationid: newId(), traceparent: startSpan(undefined).traceparent });
  const deps = {
    config,
    database,
    archive,
    clock,
    newId,
    newTrace,
    logger,
    metrics,
    tracer,
    random: Math.random,
    directory: createDirectory({ database, clock, inactiveTimeoutMs }),
    timers,
    waiting: createWaiting(clock),
    announce: createAnnounce({ topicLog, clock, newId, newTrace }),
  };

  const { parts, mediators, messages, mailboxes, definitions, workflows } = createParts(deps);
  const tickets = createTickets({ database, clock });
  const routes = parts.flatMap((part) => part.routes);
  const auditByPath = createAuditByPath(routes, resources.auditAs);
  const webSocket = createMediatorWebSocket({
    ...deps,
    ...messages,
    ...mailboxes,
    topicLog,
    auditByPath,
    redeemTicket: tickets.redeem,
  });
  measureRuns(metrics, parts);
  const feed = openFeed({
    topic: 'orders',
    ownerUrl: config.ordersFeedUrl,
    hub,
    clock,
    token: resources.serviceToken,
  });
  const saga = createOrderSaga({ ...deps, ...mediators, workflows, definitions, bus, feed, observer });
  const kafka = openKafka(config.streamUrl, {
    ...deps,
    ...mediators,
    ...messages,
    workflows,
    resources,
    name,
    topicLog,
    auditByPath,
  });
  const erasures = createErasureConsumers({
    database,
    bus,
    resources,
    group: 'mediator',
    forgetFirst: createForgetPerson({ database, archive }),
    forget: forgetInParked,
    feedUrl: config.privacyFeedUrl,
    feedCheckMs: config.feedCheckMs,
  });
  const keepMs = config.topicRetentionHours * 3_600_000;
  const retention = createRetention({ database, clock, keepMs, otherRelays: kafka.otherRelays });
  const onPruningFailure = (error: Error, delayMs: number) => {
    observer.waiting('the pruning', error, delayMs);
  };
  const { retentionMs, archiveRetentionMs } = config;
  const prunings = [createPruning({ parts, clock, retentionMs, onFailure: onPruningFailure })];
  if (archive && archiveRetentionMs !== undefined) {
    const ofArchive = { name: 'pruning of the archive', parts: archivedParts(archive) };
    prunings.push(
      createPruning({ ...ofArchive, clock, retentionMs: archiveRetentionMs, onFailure: onPruningFailure }),
    );
  }

  return {
    name,
    listen: config.listen,
    routes: [infoRoute(config), ...tickets.routes, ...routes],
    ...(config.webSocket.isEnabled && { upgrade: webSocket.upgrade }),
    async prepare() {
      await migrate(database, { component: 'mediator', migrations });
      await migrateMessaging(database);
      await migrateForgotten(database);
      await tickets.prepare();
      await topicLog.prepare();
      await saga.prepare();
      await kafka.prepare();
    },
    topicLogs: [topicLog, ...kafka.topicLogs],
    consumers: [...saga.consumers, ...kafka.consumers, ...erasures],
    workers: [
      ...[relay, retention, ...prunings, timers.worker, webSocket.worker],
      ...kafka.workers,
      ...parts.flatMap(({ workers = [] }) => workers),
    ],
    checks: { database, mq: bus, ...(archive && { archive }), ...kafka.checks },
    reporting: { service: 'mediator', database, bus },
    healthDetails: saga.healthDetails,
  };
}
