import { toError, type Clock, type Tracer } from '@fanfare/core';
import type { LocalHub, MessagingObserver } from '@fanfare/messaging';
import { createLateAudit, type LateAudit } from '../audit/late-audit';
import type { AuthConfig } from '../auth/auth-settings';
import { createServiceToken, type GivenToken } from '../auth/service-token';
import { createLogger, type Logger, type LoggerOptions, type LogLevel } from '../logging/logger';
import { createMessagingMetrics } from '../metrics/messaging-metrics';
import { createMetrics, type Metrics } from '../metrics/metrics';
import type { MonitoringSettings } from '../metrics/monitoring-settings';
import type { Tracing } from '../tracing/tracing';
import type { Closable, Resources, Service, ServiceFactory } from './service';

export interface CreateServiceOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly hub: LocalHub;
  readonly auth: AuthConfig;
  /** With which all services here call others, in place of those that they make for themselves. */
  readonly serviceToken?: GivenToken | undefined;
  readonly logging: Omit<LoggerOptions, 'service' | 'onChild'>;
  readonly monitoring: Pick<MonitoringSettings, 'isEnabled'>;
  readonly tracing?: Tracing | undefined;
}

/** A service together with what was lent to it and what it handed over to be closed. */
export interface CreatedService {
  readonly service: Service;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer | undefined;
  readonly messagingObserver: MessagingObserver;
  /** Lets entries be left of what comes by other ways than routes. */
  readonly connectAudit: LateAudit['connect'];
  /** Changes the level of the service's logger and of the child loggers that it made when it was created. */
  setLogLevel(level: LogLevel): void;
  /** Closes what the service owns, the last first; what fails to close is logged. Idempotent. */
  close(): Promise<void>;
  /** What is being closed just now. */
  stillOpen(): readonly string[];
}

/** Lends the factory what it needs, and makes the service. When that throws, what was owned so far is closed again. */
export async function createService(
  factory: ServiceFactory,
  options: CreateServiceOptions,
): Promise<CreatedService> {
  const { clock, newId, hub, auth, logging, tracing } = options;
  let service: Service | undefined;
  const loggers: Logger[] = [];
  const nameOf = () => service?.name ?? 'starting';
  const logger = createLogger({
    ...logging,
    service: nameOf,
    onChild: (child) => {
      // later ones belong to single requests, which are over soon
      if (!service) loggers.push(child);
    },
  });
  loggers.push(logger);
  const metrics = createMetrics({ isMeasured: options.monitoring.isEnabled });
  const tracer = tracing?.tracerOf(nameOf);
  const closer = createCloser(logger);
  const messagingObserver = { ...createMessagingMetrics({ metrics, logger, clock }), tracer };
  const audit = createLateAudit();
  const resources: Resources = {
    clock,
    newId,
    hub,
    logger,
    metrics,
    tracer,
    messagingObserver,
    serviceToken: createServiceToken({ auth, given: options.serviceToken, subjectOf: nameOf, clock }),
    auditAs: audit.auditAs,
    own: (thing) => closer.own(thing),
  };
  try {
    service = await factory(resources);
  } catch (error) {
    await closer.close();
    throw error;
  }
  return {
    service,
    logger,
    metrics,
    tracer,
    messagingObserver,
    connectAudit: audit.connect,
    close: () => closer.close(),
    stillOpen: closer.stillOpen,
    setLogLevel(level) {
      for (const each of loggers) each.level = level;
    },
  };
}

function createCloser(logger: Logger) {
  const owned: Closable[] = [];
  const closing = new Set<string>();
  let closed: Promise<void> | undefined;

  async function closeAll(): Promise<void> {
    for (let thing = owned.pop(); thing; thing = owned.pop()) {
      const name = `owned thing ${owned.length + 1}`;
      closing.add(name);
      try {
        await thing.close();
      } catch (error) {
        logger.error({ err: toError(error) }, 'something did not close');
      }
      closing.delete(name);
    }
  }

  return {
    own<T extends Closable>(thing: T): T {
      owned.push(thing);
      return thing;
    },
    close: () => (closed ??= closeAll()),
    stillOpen: () => [...closing],
  };
}
