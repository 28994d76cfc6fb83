import type { Clock } from '@fanfare/core';
import type { Authority } from '../auth/create-authority';
import { deadLetterRoutes } from '../built-in-routes/dead-letter-routes';
import { healthRoutes } from '../built-in-routes/health';
import { ledgerRoutes } from '../built-in-routes/ledger-routes';
import { openApiRoute } from '../built-in-routes/openapi-route';
import { ConfigError } from '../config/config';
import type { Edge, EdgeOfService } from '../edge/edge';
import { createEntrance, type Entrance } from '../http/entrance';
import { createExpressApp } from '../http/express-app';
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
import { logLevelRoutes, type LogLevelControl } from '../logging/log-level';
import { metricsRoutes } from '../metrics/monitoring';
import type { MonitoringSettings } from '../metrics/monitoring-settings';
import type { Reports } from '../reports/reports';
import type { CreatedService } from './create-service';
import type { Service } from './service';
import type { Supervisor } from './supervisor';

export interface ServiceServerOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly logLevels: LogLevelControl;
  readonly monitoring: MonitoringSettings;
  readonly reports: Reports;
  /** Undefined when nobody needs to say who it is. */
  readonly authority?: Authority | undefined;
  readonly maxRequestsInFlight?: number | undefined;
  readonly timeouts?: ServerTimeouts | undefined;
  readonly edge: Edge;
}

/** How far a service has come, as its answers tell. */
export interface ServiceState {
  /** Why the service is not prepared yet, in words; null when it is. */
  readonly unpreparedBecause: string | null;
  readonly supervisor: Supervisor | undefined;
}

/** Where the requests of a service come in. */
export interface ServiceServer extends HttpServer {
  readonly inFlight: Pipeline['inFlight'];
}

const defaultMaxRequestsInFlight = 2_000;

/** Listens for a service, and serves its routes and those that every service has. Throws `ConfigError` when the address cannot be had. */
export async function openServiceServer(
  created: CreatedService,
  state: ServiceState,
  options: ServiceServerOptions,
  stopping: AbortSignal,
): Promise<ServiceServer> {
  const doors = createDoors(created, options, stopping);
  const pipeline = createServicePipeline(created, state, doors);
  const server = await listenFor(created.service, {
    serve: pipeline.serve,
    upgrade: upgradeListenerFor(created, state, doors),
    timeouts: timeoutsOf(created.service, options),
    certificate: options.edge.certificate,
  });
  return { ...server, inFlight: () => pipeline.inFlight() };
}

/** What every request comes through, whether it is for a route or for a WebSocket. */
interface DoorOptions extends ServiceServerOptions {
  readonly stopping: AbortSignal;
  readonly httpMetrics: HttpMetrics;
  readonly entrance: Entrance;
  readonly ofService: EdgeOfService;
  readonly showUrl: ShowUrl;
}

function createDoors(
  { service: { name, routes }, metrics, logger }: CreatedService,
  options: ServiceServerOptions,
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
function timeoutsOf({ upgrade }: Service, { timeouts }: ServiceServerOptions): ServerTimeouts {
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
