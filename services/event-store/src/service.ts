import path from 'node:path';
import { privacySubjectErased } from '@fanfare/contracts';
import { migrateMessaging, removeParked } from '@fanfare/messaging';
import {
  createTickets,
  measureCache,
  migrateForgotten,
  type Resources,
  type Service,
} from '@fanfare/service-kit';
import {
  createCheckpointSigner,
  createSealer,
  migrate,
  openCache,
  openDatabase,
  openEventLog,
  readMigrations,
  sealCache,
} from '@fanfare/storage';
import type { EventStoreConfig } from './config';
import { createDestinations, createOpenDestination } from './deliveries/brokers/destinations';
import { createDeliveries } from './deliveries/deliveries';
import { createDeliveryStates } from './deliveries/delivery-states';
import { createEventWriter } from './events/event-writer';
import { createEvents } from './events/events';
import { createRefuseAppend } from './events/refuse-append';
import { openStream } from './kafka/open-stream';
import { createSignals } from './live/signals';
import { createTail } from './live/tail';
import { createLive } from './live/web-socket';
import { createObservers } from './observers/observers';
import type { LocalObserver } from './observers/registry';
import { sealedColumns } from './privacy/sealed-columns';
import { createLateEvents } from './privacy/late-events';
import { createTellErasures } from './privacy/tell-erasures';
import { openRecording } from './recording/open-recording';
import { createAggregates } from './snapshots/create-aggregates';
import { createCountedLog } from './store/count-log';
import { createStorePart } from './store/create-store-part';
import { measureLog } from './store/measure-log';
import { traceLog } from './store/trace-log';

const migrations = readMigrations(path.join(__dirname, '..', 'migrations'));

/**
 * Keeps every event for good: takes them in, gives them back, and hands them on to whoever observes, also to observers of
 * the process that hosts it.
 */
export async function createEventStore(
  config: EventStoreConfig,
  resources: Resources,
  localObservers: readonly LocalObserver[] = [],
): Promise<Service> {
  const { clock, newId, logger, metrics, tracer, messagingObserver } = resources;
  const { name, signingKey } = config;
  const sealer = createSealer(config.encryptionKeys);
  const sealing = { sealer, columns: sealedColumns };
  const database = resources.own(await openDatabase(config.databaseUrl, { clock, sealing }));
  const signer = signingKey === undefined ? undefined : createCheckpointSigner(signingKey);
  const logOptions = {
    clock,
    signer,
    sealer,
    maxWaiting: config.maxWaitingWrites,
    erasureTypes: [privacySubjectErased.type],
  };
  const eventLog = resources.own(await openEventLog(config.eventLogUrl, logOptions));
  const log = traceLog(tracer, measureLog(metrics, eventLog));
  const cache = resources.own(
    await openCache(config.cacheUrl, { clock, maxEntries: config.cacheMaxEntries }),
  );
  const onFailure = (error: unknown, delayMs: number) => {
    messagingObserver.waiting('the event log', error, delayMs);
  };
  const tail = createTail({ log, clock, onFailure });
  const signals = createSignals();
  const tickets = createTickets({ database, clock });
  const settings = config.webSocket;
  const stream = openStream(config.streamUrl, { resources, name, tail, log, database });
  const late = createLateEvents(database);
  const recording = await openRecording({ config, resources, log: late.eraseIn(log), database });
  const states = createDeliveryStates(database, clock);
  const openDestination = createOpenDestination({ clock, name, messagingObserver });
  const brokers = config.observerBrokers;
  const destinations = resources.own(createDestinations({ brokers, clock, open: openDestination }));
  const observers = createObservers({ config, database, log, states, signals, clock, newId });
  const deliveries = createDeliveries({
    config,
    database,
    log,
    tail,
    states,
    signals,
    clock,
    newId,
    metrics,
    messagingObserver,
    registry: observers.registry,
    destinations,
  });
  const counted = createCountedLog({ log, tail, database, clock, onFailure });
  const writer = createEventWriter({ log, limits: config, countAggregates: counted.countAggregates });
  const shared = {
    log,
    writer,
    tail,
    clock,
    newId,
    refuseAppend: createRefuseAppend(log),
    callSyncObservers: deliveries.callSyncObservers,
  };
  const events = createEvents({ ...shared, rules: config, findProcessing: deliveries.findProcessing });
  const aggregates = createAggregates({
    ...shared,
    config,
    database,
    logger,
    metrics,
    onFailure,
    cache: measureCache(metrics, sealCache(cache, sealer)),
  });
  const erasures = createTellErasures({ database, resources, bus: recording.bus });
  const store = createStorePart({
    config,
    database,
    log,
    counted,
    clock,
    newId,
    signer,
    logger,
    states,
    aggregates,
    onFailure,
    observers: observers.registry,
    deliverOnce: deliveries.deliverOnce,
    eraseOthers: [deliveries.eraseDeliveries, (subject) => removeParked(database.queries, subject)],
    remember: late.remember,
    tell: erasures.tell,
  });

  return {
    name,
    listen: config.listen,
    routes: [
      ...events.routes,
      ...aggregates.routes,
      ...observers.routes,
      ...deliveries.routes,
      ...store.routes,
      ...tickets.routes,
    ],
    ...(settings.isEnabled && {
      upgrade: createLive({
        tail,
        log,
        signals,
        clock,
        logger,
        metrics,
        settings,
        redeemTicket: tickets.redeem,
      }),
    }),
    async prepare() {
      await migrate(database, { component: 'event-store', migrations });
      await migrateMessaging(database);
      await migrateForgotten(database);
      await tickets.prepare();
      await erasures.topicLog.prepare();
      for (const observer of localObservers) await observers.registry.registerLocal(observer);
    },
    topicLogs: [erasures.topicLog],
    consumers: recording.consumers,
    workers: [
      tail.worker,
      ...stream.workers,
      ...aggregates.workers,
      ...deliveries.workers,
      ...store.workers,
      ...erasures.workers,
    ],
    checks: { database, event_log: log, cache, ...stream.checks, ...recording.checks },
    reporting: recording.bus && { service: 'event-store', database, bus: recording.bus },
  };
}
