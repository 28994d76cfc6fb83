import { setMaxListeners } from 'node:events';
import { keepTrying, toError, type Clock } from '@fanfare/core';
import type { LocalHub } from '@fanfare/messaging';
import type { Authority } from './auth/create-authority';
import { openApiRoute } from './built-in-routes';
import { ConfigError } from './config';
import { deadLetterRoutes } from './dead-letter-routes';
import type { Edge, EdgeOfService } from './edge';
import { describeForOthers, healthRoutes } from './health';
import { createExpressApp } from './http/express-app';
import { createEntrance, type Entrance } from './http/entrance';
import { createHttpMetrics, type HttpMetrics } from './http/http-metrics';
import { createPipeline, type Pipeline } from './http/pipeline';
import { createRouter } from './http/router';
import {
  defaultTimeouts,
  listen,
  type HttpServer,
  type ListenOptions,
  type ServerTimeouts,
} from './http/server';
import { createShowUrl, type ShowUrl } from './http/shown-url';
import { createUpgradeListener, upgradeRoute } from './http/upgrades';
import { ledgerRoutes } from './ledger-routes';
import { measureMessaging } from './messaging-gauges';
import { logLevelRoutes, type LogLevelControl } from './log-level';
import { measurePool } from './metrics';
import { metricsRoutes } from './monitoring';
import type { MonitoringSettings } from './monitoring-settings';
import type { OwnedService } from './owned-service';
import type { Reports } from './reports/reports';
import type { Service, Worker } from './service';
import { startWorkers, type Supervisor } from './supervisor';

export interface HostedServiceOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly hub: LocalHub;
  readonly logLevels: LogLevelControl;
  readonly monitoring: MonitoringSettings;
  readonly reports: Reports;
  /** Undefined when nobody needs to say who it is. */
  readonly authority?: Authority | undefined;
  readonly maxRequestsInFlight?: number | undefined;
  readonly timeouts?: ServerTimeouts | undefined;
  readonly edge: Edge;
}

/** A service that listens. */
export interface HostedService {
  readonly name: string;
  readonly url: string;
  /** Resolves with true when the service is prepared and its workers have been started, with false when it is stopped before. */
  readonly ready: Promise<boolean>;
  readonly renewCertificate: HttpServer['renewCertificate'];
  /** Takes no more requests and resolves when those under way have their answer, or are cut off after some seconds. */
  stopRequests(): Promise<void>;
  /** Resolves when workers and consumers have ended. */
  stopWorkers(): Promise<void>;
  closeOwned(): Promise<void>;
  /** What has not ended yet, in words. */
  unfinished(): readonly string[];
}

const defaultMaxRequestsInFlight = 2_000;
const requestGraceMs = 5_000;

/**
 * Lets a service listen at once, and prepares it in the background: whoever waits for it sees why it is not ready.
 * Throws `ConfigError` when the address cannot be had.
 */
export async function startHosting(
  owned: OwnedService,
  options: HostedServiceOptions,
): Promise<HostedService> {
  const { service, logger } = owned;
  const stopping = new AbortController();
  // each request that is held open listens to it: many who do are no leak
  setMaxListeners(0, stopping.signal);
  const state: HostState = {
    unpreparedBecause: 'the service is still being prepared',
    supervisor: undefined,
    isClosingUpgrade: false,
  };
  if (service.checks.database.poolState) measurePool(owned.metrics, service.checks.database.poolState);
  measureMessaging({ ...owned, ...service });
  const doors = createDoors(owned, options, stopping.signal);
  const pipeline = createServicePipeline(owned, state, doors);
  const server = await listenFor(service, {
    serve: pipeline.serve,
    upgrade: upgradeListenerFor(owned, state, doors),
    timeouts: timeoutsOf(service, options),
    certificate: options.edge.certificate,
  });
  logger.info({ url: server.url }, `${service.name} listens on ${server.url}`);

  const workersStop = new AbortController();
  const ready = prepareAndStart(owned, state, {
    ...options,
    stopping: stopping.signal,
    workersStop: workersStop.signal,
  });
  return {
    name: service.name,
    url: server.url,
    ready,
    renewCertificate: server.renewCertificate,
    async stopRequests() {
      stopping.abort();
      await Promise.all([closeUpgrade(owned, state), server.close(options.clock, requestGraceMs)]);
      if (state.unpreparedBecause === null) await options.reports.shutDown();
    },
    async stopWorkers() {
      workersStop.abort();
      await ready;
      await state.supervisor?.done;
    },
    closeOwned: () => owned.close(),
    unfinished: () => [
      ...(pipeline.inFlight() > 0 ? [`${pipeline.inFlight()} requests`] : []),
      ...(state.isClosingUpgrade ? ['upgraded connections'] : []),
      ...(state.supervisor?.running() ?? []).map((name) => `worker ${name}`),
      ...owned.stillOpen().map((name) => `closing ${name}`),
    ],
  };
}

interface HostState {
  /** Why the service is not prepared yet, in words; null when it is. */
  unpreparedBecause: string | null;
  supervisor: Supervisor | undefined;
  isClosingUpgrade: boolean;
}

interface StartOptions extends HostedServiceOptions {
  readonly stopping: AbortSignal;
  readonly workersStop: AbortSignal;
}

async function prepareAndStart(
  { service, logger }: OwnedService,
  state: HostState,
  { clock, hub, reports, stopping, workersStop }: StartOptions,
): Promise<boolean> {
  await keepTrying(() => service.prepare(), {
    clock,
    signal: stopping,
    onFailure: (err, delayMs) => {
      state.unpreparedBecause = `the service cannot be prepared yet: ${describeForOthers(err, 'see its log')}`;
      logger.warn({ err, delayMs }, 'the service cannot be prepared yet');
    },
  });
  if (stopping.aborted) return false;
  for (const log of service.topicLogs) hub.offerFeed(log.topic, log);
  state.supervisor = startWorkers(workersOf(service), {
    clock,
    logger,
    signal: workersStop,
    onFailure: reports.workerFailed,
  });
  state.unpreparedBecause = null;
  reports.startedUp();
  logger.info(`${service.name} is ready`);
  return true;
}

function workersOf({ workers, consumers }: Service): Worker[] {
  return [
    ...workers,
    ...consumers.map((consumer) => ({
      name: `consumer:${consumer.topic}:${consumer.group}`,
      run: (signal: AbortSignal) => consumer.run(signal),
    })),
  ];
}

/** What every request comes through, whether it is for a route or for a WebSocket. */
interface DoorOptions extends HostedServiceOptions {
  readonly stopping: AbortSignal;
  readonly httpMetrics: HttpMetrics;
  readonly entrance: Entrance;
  readonly ofService: EdgeOfService;
  readonly showUrl: ShowUrl;
}

function createDoors(
  { service: { name, routes }, metrics, logger }: OwnedService,
  options: HostedServiceOptions,
  stopping: AbortSignal,
): DoorOptions {
  const ofService = options.edge.ofService({ name, metrics, logger });
  const entrance = createEntrance({ authority: options.authority, ...ofService });
  const httpMetrics = createHttpMetrics(metrics);
  const showUrl = createShowUrl(routes.map(({ path }) => path));
  return { ...options, stopping, httpMetrics, entrance, ofService, showUrl };
}

function createServicePipeline(
  { service, logger, metrics, tracer }: OwnedService,
  state: HostState,
  options: DoorOptions,
): Pipeline {
  const { clock, newId, logLevels, monitoring, reports, stopping, httpMetrics, entrance, showUrl } = options;
  const { maxRequestsInFlight = defaultMaxRequestsInFlight } = options;
  const { cors, addressOf, answerHeaders } = options.ofService;
  const { name, routes, topicLogs, consumers, checks, healthDetails: details, mount, upgrade } = service;
  const unpreparedBecause = () => state.unpreparedBecause;
  const isPrepared = () => unpreparedBecause() === null;
  const failedWorkers = () => state.supervisor?.failed() ?? [];
  const builtIn = [
    ...healthRoutes({ service: name, checks, details, clock, unpreparedBecause, failedWorkers }),
    ...logLevelRoutes(logLevels),
  ];
  const own = [
    ...routes,
    ...(upgrade ? [upgradeRoute(upgrade)] : []),
    ...ledgerRoutes({ service: name, topicLogs, consumers }),
    ...deadLetterRoutes(consumers),
  ];
  const always = [...builtIn, ...metricsRoutes(metrics, monitoring, [...own, ...builtIn])];
  const document = openApiRoute(name, [...own, ...always]);
  const router = createRouter(
    [
      { routes: own, isAlwaysServed: false },
      { routes: [...always, document], isAlwaysServed: true },
    ],
    httpMetrics,
    reports.auditOf,
  );
  const fallback = createExpressApp({ title: name, mount, isPrepared });
  return createPipeline({
    router,
    fallback,
    httpMetrics,
    clock,
    newId,
    logger,
    stopping,
    isPrepared,
    maxRequestsInFlight,
    entrance,
    cors,
    addressOf,
    answerHeaders,
    showUrl,
    tracer,
    onFailure: reports.requestFailed,
  });
}

/** Nobody can tell that a request will ask for a WebSocket before its head is read. */
function timeoutsOf({ upgrade }: Service, { timeouts }: HostedServiceOptions): ServerTimeouts {
  const { handshakeMs: headersMs = defaultTimeouts.headersMs } = upgrade ?? {};
  return timeouts ?? { ...defaultTimeouts, headersMs };
}

function upgradeListenerFor(
  { service, logger }: OwnedService,
  state: HostState,
  { newId, stopping, httpMetrics, entrance, showUrl, ofService: { addressOf } }: DoorOptions,
) {
  const { upgrade } = service;
  const isPrepared = () => state.unpreparedBecause === null;
  const host = { isPrepared, stopping, newId, logger, httpMetrics, entrance, showUrl, addressOf };
  return upgrade && createUpgradeListener({ upgrade, ...host });
}

/** Never rejects: connections that were not closed well are cut with the others. */
async function closeUpgrade({ service, logger }: OwnedService, state: HostState): Promise<void> {
  state.isClosingUpgrade = true;
  try {
    await service.upgrade?.close();
  } catch (error) {
    logger.error({ err: toError(error) }, 'upgraded connections were not closed well');
  }
  state.isClosingUpgrade = false;
}

async function listenFor(
  { name, listen: { host, port } }: Service,
  options: Pick<ListenOptions, 'serve' | 'upgrade' | 'timeouts' | 'certificate'>,
): Promise<HttpServer> {
  try {
    return await listen({ ...options, host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const why =
        code === 'EACCES' ? 'this user may not listen on it' : `something listens on ${host}:${port} already`;
      throw new ConfigError([`SERVICE_PORT is ${port}: ${why}; ${name} needs a free port`]);
    }
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new ConfigError([
        `HOST is ${host}: this machine has no such address; ${name} cannot listen on it`,
      ]);
    }
    throw error;
  }
}
