import { setMaxListeners } from 'node:events';
import { keepTrying, toError, type Clock } from '@fanfare/core';
import type { LocalHub } from '@fanfare/messaging';
import type { Authority } from '../auth/create-authority';
import { openApiRoute } from '../built-in-routes/openapi-route';
import { ConfigError } from '../config/config';
import { deadLetterRoutes } from '../built-in-routes/dead-letter-routes';
import type { Edge, EdgeOfService } from '../edge/edge';
import { describeForOthers, healthRoutes } from '../built-in-routes/health';
import { createExpressApp } from '../http/express-app';
import { createEntrance, type Entrance } from '../http/entrance';
import { createHttpMetrics, type HttpMetrics } from '../http/http-metrics';
import { createPipeline, type Pipeline } from '../http/pipeline';
import { createRouter } from '../http/router';
import {
  defaultTimeouts,
  listen,
  type HttpServer,
  type ListenOptions,
  type ServerTimeouts,
} from '../http/server';
import { createShowUrl, type ShowUrl } from '../http/shown-url';
import { createUpgradeListener, upgradeRoute } from '../http/upgrades';
import { ledgerRoutes } from '../built-in-routes/ledger-routes';
import { measureMessaging } from '../metrics/messaging-gauges';
import { logLevelRoutes, type LogLevelControl } from '../logging/log-level';
import { measurePool } from '../metrics/metrics';
import { metricsRoutes } from '../metrics/monitoring';
import type { MonitoringSettings } from '../metrics/monitoring-settings';
import type { CreatedService } from './create-service';
import type { Reports } from '../reports/reports';
import type { Service, Worker } from './service';
import { startWorkers, type Supervisor } from './supervisor';

export interface StartServiceOptions {
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
export interface StartedService {
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
export async function startService(
  created: CreatedService,
  options: StartServiceOptions,
): Promise<StartedService> {
  const { service, logger } = created;
  const stopping = new AbortController();
  // each request that is held open listens to it: many who do are no leak
  setMaxListeners(0, stopping.signal);
  const state: ServiceState = {
    unpreparedBecause: 'the service is still being prepared',
    supervisor: undefined,
    isClosingUpgrade: false,
  };
  if (service.checks.database.poolState) measurePool(created.metrics, service.checks.database.poolState);
  measureMessaging({ ...created, ...service });
  const doors = createDoors(created, options, stopping.signal);
  const pipeline = createServicePipeline(created, state, doors);
  const server = await listenFor(service, {
    serve: pipeline.serve,
    upgrade: upgradeListenerFor(created, state, doors),
    timeouts: timeoutsOf(service, options),
    certificate: options.edge.certificate,
  });
  logger.info({ url: server.url }, `${service.name} listens on ${server.url}`);

  const workersStop = new AbortController();
  const ready = prepareAndStart(created, state, {
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
      await Promise.all([closeUpgrade(created, state), server.close(options.clock, requestGraceMs)]);
      if (state.unpreparedBecause === null) await options.reports.shutDown();
    },
    async stopWorkers() {
      workersStop.abort();
      await ready;
      await state.supervisor?.done;
    },
    closeOwned: () => created.close(),
    unfinished: () => [
      ...(pipeline.inFlight() > 0 ? [`${pipeline.inFlight()} requests`] : []),
      ...(state.isClosingUpgrade ? ['upgraded connections'] : []),
      ...(state.supervisor?.running() ?? []).map((name) => `worker ${name}`),
      ...created.stillOpen().map((name) => `closing ${name}`),
    ],
  };
}

interface ServiceState {
  /** Why the service is not prepared yet, in words; null when it is. */
  unpreparedBecause: string | null;
  supervisor: Supervisor | undefined;
  isClosingUpgrade: boolean;
}

interface PrepareOptions extends StartServiceOptions {
  readonly stopping: AbortSignal;
  readonly workersStop: AbortSignal;
}

async function prepareAndStart(
  { service, logger }: CreatedService,
  state: ServiceState,
  { clock, hub, reports, stopping, workersStop }: PrepareOptions,
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
interface DoorOptions extends StartServiceOptions {
  readonly stopping: AbortSignal;
  readonly httpMetrics: HttpMetrics;
  readonly entrance: Entrance;
  readonly ofService: EdgeOfService;
  readonly showUrl: ShowUrl;
}

function createDoors(
  { service: { name, routes }, metrics, logger }: CreatedService,
  options: StartServiceOptions,
  stopping: AbortSignal,
): DoorOptions {
  const ofService = options.edge.ofService({ name, metrics, logger });
  const entrance = createEntrance({ authority: options.authority, ...ofService });
  const httpMetrics = createHttpMetrics(metrics);
  const showUrl = createShowUrl(routes.map(({ path }) => path));
  return { ...options, stopping, httpMetrics, entrance, ofService, showUrl };
}

function createServicePipeline(
  { service, logger, metrics, tracer }: CreatedService,
  state: ServiceState,
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
function timeoutsOf({ upgrade }: Service, { timeouts }: StartServiceOptions): ServerTimeouts {
  const { handshakeMs: headersMs = defaultTimeouts.headersMs } = upgrade ?? {};
  return timeouts ?? { ...defaultTimeouts, headersMs };
}

function upgradeListenerFor(
  { service, logger }: CreatedService,
  state: ServiceState,
  { newId, stopping, httpMetrics, entrance, showUrl, ofService: { addressOf } }: DoorOptions,
) {
  const { upgrade } = service;
  const isPrepared = () => state.unpreparedBecause === null;
  const host = { isPrepared, stopping, newId, logger, httpMetrics, entrance, showUrl, addressOf };
  return upgrade && createUpgradeListener({ upgrade, ...host });
}

/** Never rejects: connections that were not closed well are cut with the others. */
async function closeUpgrade({ service, logger }: CreatedService, state: ServiceState): Promise<void> {
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
