import { setMaxListeners } from 'node:events';
import { keepTrying, toError } from '@fanfare/core';
import type { LocalHub } from '@fanfare/messaging';
import { describeForOthers } from '../built-in-routes/health';
import { measureMessaging } from '../metrics/messaging-gauges';
import { measurePool } from '../metrics/metrics';
import type { CreatedService } from './create-service';
import type { Service, Worker } from './service';
import {
  openServiceServer,
  type ServiceServer,
  type ServiceServerOptions,
  type ServiceState,
} from './service-server';
import { startWorkers, type Supervisor } from './supervisor';

export interface StartServiceOptions extends ServiceServerOptions {
  readonly hub: LocalHub;
}

/** A service that listens. */
export interface StartedService {
  readonly name: string;
  readonly url: string;
  /** Resolves with true when the service is prepared and its workers have been started, with false when it is stopped before. */
  readonly ready: Promise<boolean>;
  readonly renewCertificate: ServiceServer['renewCertificate'];
  /** Takes no more requests and resolves when those under way have their answer, or are cut off after some seconds. */
  stopRequests(): Promise<void>;
  /** Resolves when workers and consumers have ended. */
  stopWorkers(): Promise<void>;
  closeOwned(): Promise<void>;
  /** What has not ended yet, in words. */
  unfinished(): readonly string[];
}

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
  const state: StartState = {
    unpreparedBecause: 'the service is still being prepared',
    supervisor: undefined,
    isClosingUpgrade: false,
  };
  if (service.checks.database.poolState) measurePool(created.metrics, service.checks.database.poolState);
  measureMessaging({ ...created, ...service });
  const server = await openServiceServer(created, state, options, stopping.signal);
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
      ...(server.inFlight() > 0 ? [`${server.inFlight()} requests`] : []),
      ...(state.isClosingUpgrade ? ['upgraded connections'] : []),
      ...(state.supervisor?.running() ?? []).map((name) => `worker ${name}`),
      ...created.stillOpen().map((name) => `closing ${name}`),
    ],
  };
}

interface StartState extends ServiceState {
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
  state: StartState,
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

/** Never rejects: connections that were not closed well are cut with the others. */
async function closeUpgrade({ service, logger }: CreatedService, state: StartState): Promise<void> {
  state.isClosingUpgrade = true;
  try {
    await service.upgrade?.close();
  } catch (error) {
    logger.error({ err: toError(error) }, 'upgraded connections were not closed well');
  }
  state.isClosingUpgrade = false;
}
