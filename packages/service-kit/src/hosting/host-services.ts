import { createIdGenerator, createSystemClock, type Clock } from '@fanfare/core';
import { createLocalHub, type LocalHub } from '@fanfare/messaging';
import type { AuthConfig } from '../auth/auth-settings';
import { createAuthority } from '../auth/create-authority';
import type { GivenToken } from '../auth/service-token';
import { ConfigError } from '../config/config';
import { openEdge } from '../edge/edge';
import type { EdgeConfig } from '../edge/edge-settings';
import type { HttpServer, ServerTimeouts } from '../http/server';
import { createLogLevelControl, type LogLevelControl } from '../logging/log-level';
import { createLogger, type LoggerOptions, type LogLevel } from '../logging/logger';
import { listenForMetrics } from '../metrics/monitoring';
import { defaultMonitoring, type MonitoringSettings } from '../metrics/monitoring-settings';
import type { ReportOptions } from '../reports/report-settings';
import { addReports } from '../reports/reports';
import { openTracing } from '../tracing/open-tracing';
import type { TracingConfig } from '../tracing/tracing';
import { createService, type CreatedService } from './create-service';
import type { ServiceFactory } from './service';
import { startService, type StartedService } from './start-service';

export interface HostOptions {
  readonly clock?: Clock;
  readonly newId?: () => string;
  readonly hub?: LocalHub;
  readonly logging?: Omit<LoggerOptions, 'service' | 'onChild'>;
  /** More requests than this at once are answered with 503. */
  readonly maxRequestsInFlight?: number;
  readonly timeouts?: ServerTimeouts;
  /** Nothing unless set: no limit, no other origins, no encryption. */
  readonly edge?: EdgeConfig;
  readonly monitoring?: MonitoringSettings;
  /** Undefined: services report nothing. */
  readonly reports?: ReportOptions | undefined;
  /** Told of each new level, for loggers that no service has. */
  readonly onLogLevel?: (level: LogLevel) => void;
  /** Disabled unless given. */
  readonly auth?: AuthConfig;
  /** With which the services call others, in place of the tokens that they make for themselves. */
  readonly serviceToken?: GivenToken | undefined;
  /** Undefined: nothing is traced. */
  readonly tracing?: TracingConfig | undefined;
}

/** Services that run in this process. */
export interface Host {
  /** Where each service listens, by its name. */
  readonly urls: Readonly<Record<string, string>>;
  /** Where metrics are served on a port of their own. */
  readonly metricsUrl: string | undefined;
  /** Resolves with true when every service is prepared and its workers have been started, with false when stopped before. */
  readonly ready: Promise<boolean>;
  /** Reads the certificate again and shows it on new connections. Throws `ConfigError` when it cannot be used. */
  renewCertificate(): void;
  /**
   * Takes no more requests and finishes those under way, then ends workers and consumers, then closes what the services
   * own, the last first. Idempotent; never rejects.
   */
  stop(): Promise<void>;
  /** What a `stop` still waits for, in words. */
  unfinished(): readonly string[];
  readonly logLevels: LogLevelControl;
  /** Has one of the services report an error after which the process ends; resolves soon, when that is kept or cannot be. */
  reportUncaught(error: unknown): Promise<void>;
}

const metricsGraceMs = 1_000;

/**
 * Hosts services that share a clock, a hub and a process. Resolves when all listen; they become ready by themselves.
 * When one cannot be created or cannot listen, everything is closed again and the reason thrown: for configurations one
 * `ConfigError` with the problems of all services.
 */
export async function hostServices(
  factories: readonly ServiceFactory[],
  options: HostOptions = {},
): Promise<Host> {
  const clock = options.clock ?? createSystemClock();
  const logging = options.logging ?? {};
  const auth = options.auth ?? { mode: 'disabled' };
  const authority = await createAuthority(auth, {
    clock,
    onFailure: (err) => {
      createLogger({ ...logging, service: 'host' }).warn({ err }, 'the keys of JWKS_URL cannot be had');
    },
  });
  const tracing =
    options.tracing &&
    (await openTracing({ ...options.tracing, clock, logger: createLogger({ ...logging, service: 'host' }) }));
  const shared = {
    clock,
    newId: options.newId ?? createIdGenerator(clock),
    hub: options.hub ?? createLocalHub({ clock }),
    logging,
    auth,
    authority,
    serviceToken: options.serviceToken,
    tracing,
    monitoring: options.monitoring ?? defaultMonitoring,
    maxRequestsInFlight: options.maxRequestsInFlight,
    timeouts: options.timeouts,
    edge: await openEdge(options.edge ?? {}, clock),
  };
  let metricsServer: HttpServer | undefined;
  const closeShared = async () => {
    await metricsServer?.close(clock, metricsGraceMs);
    await tracing?.close();
    await shared.edge.close();
  };
  const created = await createAll(factories, shared).catch(async (error: unknown) => {
    await closeShared();
    throw error;
  });
  const reports = created.map((service) => addReports(service, options.reports, shared));
  const services = reports.map((reporting) => reporting.created);
  const logLevels = createLogLevelControl(logging.level ?? 'info', (level) => {
    for (const service of services) service.setLogLevel(level);
    options.onLogLevel?.(level);
  });
  const started: StartedService[] = [];
  try {
    for (const reporting of reports) {
      started.push(await startService(reporting.created, { ...shared, logLevels, reports: reporting }));
    }
    metricsServer = await listenForMetrics(services, shared.monitoring);
  } catch (error) {
    await stopAll(started);
    await closeAll(services);
    await closeShared();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    urls: Object.fromEntries(started.map(({ name, url }) => [name, url])),
    metricsUrl: metricsServer?.url,
    ready: Promise.all(started.map(({ ready }) => ready)).then((all) => all.every(Boolean)),
    renewCertificate() {
      const certificate = shared.edge.readCertificate();
      if (certificate) for (const service of started) service.renewCertificate(certificate);
    },
    stop: () => (stopped ??= stopAll(started).then(() => closeShared())),
    unfinished: () =>
      started.flatMap((service) => service.unfinished().map((what) => `${service.name}: ${what}`)),
    logLevels,
    reportUncaught: async (error) => {
      await reports[0]?.uncaught(error);
    },
  };
}

async function createAll(
  factories: readonly ServiceFactory[],
  options: Parameters<typeof createService>[1],
): Promise<CreatedService[]> {
  const created: CreatedService[] = [];
  const problems: string[] = [];
  try {
    for (const factory of factories) {
      const service = await createService(factory, options).catch((error: unknown) => {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
      });
      if (service) created.push(service);
    }
    if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  } catch (error) {
    await closeAll(created);
    throw error;
  }
  return created;
}

/** Every service takes its steps together with the others: what one still does may need another's memory bus. */
async function stopAll(started: readonly StartedService[]): Promise<void> {
  await Promise.all(started.map((service) => service.stopRequests()));
  await Promise.all(started.map((service) => service.stopWorkers()));
  for (const service of started.toReversed()) await service.closeOwned();
}

async function closeAll(created: readonly CreatedService[]): Promise<void> {
  for (const service of created.toReversed()) await service.close();
}
