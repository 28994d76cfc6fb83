import { setMaxListeners } from 'node:events';
import { keepTrying, toError, type Clock } from '@fanfare/core';
import type { LocalHub } from '@fanfare/messaging';
import { metricsRoute, openApiRoute } from './built-in-routes';
import { ConfigError } from './config';
import { deadLetterRoutes } from './dead-letter-routes';
import type { Edge } from './edge';
import { describeForOthers, healthRoutes } from './health';
import { createExpressApp } from './http/express-app';
import { createHttpMetrics } from './http/http-metrics';
import { createPipeline, type Pipeline } from './http/pipeline';
import { createRouter } from './http/router';
import { listen, type HttpServer, type ListenOptions, type ServerTimeouts } from './http/server';
import { createUpgradeListener, upgradeRoute } from './http/upgrades';
import { ledgerRoutes } from './ledger-routes';
import { measureMessaging } from './messaging-gauges';
import { measurePool } from './metrics';
import type { OwnedService } from './owned-service';
import type { Service, Worker } from './service';
import { startWorkers, type Supervisor } from './supervisor';

export interface HostedServiceOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly hub: LocalHub;
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
  const pipeline = createServicePipeline(owned, state, stopping.signal, options);
  const server = await listenFor(service, {
    serve: pipeline.serve,
    upgrade: upgradeListenerFor(owned, state, stopping.signal, options),
    ...(options.timeouts && { timeouts: options.timeouts }),
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
  { clock, hub, stopping, workersStop }: StartOptions,
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
  state.supervisor = startWorkers(workersOf(service), { clock, logger, signal: workersStop });
  state.unpreparedBecause = null;
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

function createServicePipeline(
  { service, logger, metrics }: OwnedService,
  state: HostState,
  stopping: AbortSignal,
  options: HostedServiceOptions,
): Pipeline {
  const { clock, newId, maxRequestsInFlight = defaultMaxRequestsInFlight } = options;
  const edge = options.edge.ofService({ name: service.name, metrics, logger });
  const { name, routes, topicLogs, consumers, checks, healthDetails: details, mount, upgrade } = service;
  const unpreparedBecause = () => state.unpreparedBecause;
  const isPrepared = () => unpreparedBecause() === null;
  const failedWorkers = () => state.supervisor?.failed() ?? [];
  const always = [
    ...healthRoutes({ service: name, checks, details, clock, unpreparedBecause, failedWorkers }),
    metricsRoute(metrics),
  ];
  const own = [
    ...routes,
    ...(upgrade ? [upgradeRoute(upgrade)] : []),
    ...ledgerRoutes({ service: name, topicLogs, consumers }),
    ...deadLetterRoutes(consumers),
  ];
  const document = openApiRoute(name, [...own, ...always]);
  const httpMetrics = createHttpMetrics(metrics);
  const router = createRouter(
    [
      { routes: own, isAlwaysServed: false },
      { routes: [...always, document], isAlwaysServed: true },
    ],
    httpMetrics,
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
    ...edge,
  });
}

function upgradeListenerFor(
  { service, logger }: OwnedService,
  state: HostState,
  stopping: AbortSignal,
  { newId }: HostedServiceOptions,
) {
  const { upgrade } = service;
  const isPrepared = () => state.unpreparedBecause === null;
  return upgrade && createUpgradeListener({ upgrade, isPrepared, stopping, newId, logger });
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
