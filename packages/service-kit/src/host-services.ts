import { createIdGenerator, createSystemClock, type Clock } from '@fanfare/core';
import { createLocalHub, type LocalHub } from '@fanfare/messaging';
import type { AuthConfig } from './auth/auth-settings';
import { createAuthority } from './auth/create-authority';
import type { GivenToken } from './auth/service-token';
import { ConfigError } from './config';
import { openEdge } from './edge';
import type { EdgeConfig } from './edge-settings';
import type { HttpServer, ServerTimeouts } from './http/server';
import { startHosting, type HostedService } from './hosted-service';
import { createLogger, type LoggerOptions } from './logger';
import { createLogLevelControl, type LogLevelControl } from './log-level';
import { listenForMetrics } from './monitoring';
import { defaultMonitoring, type MonitoringSettings } from './monitoring-settings';
import { createOwned, type OwnedService } from './owned-service';
import type { ReportOptions } from './reports/report-settings';
import { addReports } from './reports/reports';
import type { ServiceFactory } from './service';
import type { LogLevel } from './settings';
import { openTracing } from './tracing/open-tracing';
import type { TracingConfig } from './tracing/tracing';

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
  const created = await createAll(factories, shared).catch(async (error: unknown) => {
    await shared.edge.close();
    throw error;
  });
  const reports = created.map((service) => addReports(service, options.reports, shared));
  const owned = reports.map((reporting) => reporting.owned);
  const logLevels = createLogLevelControl(logging.level ?? 'info', (level) => {
    for (const service of owned) service.setLogLevel(level);
    options.onLogLevel?.(level);
  });
  const hosted: HostedService[] = [];
  let metricsServer: HttpServer | undefined;
  try {
    for (const reporting of reports) {
      hosted.push(await startHosting(reporting.owned, { ...shared, logLevels, reports: reporting }));
    }
    metricsServer = await listenForMetrics(owned, shared.monitoring);
  } catch (error) {
    await stopAll(hosted);
    await closeAll(owned);
    await shared.edge.close();
    throw error;
  }
  const closeShared = async () => {
    await metricsServer?.close(clock, metricsGraceMs);
    await tracing?.close();
    await shared.edge.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    urls: Object.fromEntries(hosted.map(({ name, url }) => [name, url])),
    metricsUrl: metricsServer?.url,
    ready: Promise.all(hosted.map(({ ready }) => ready)).then((all) => all.every(Boolean)),
    renewCertificate() {
      const certificate = shared.edge.readCertificate();
      if (certificate) for (const service of hosted) service.renewCertificate(certificate);
    },
    stop: () => (stopped ??= stopAll(hosted).then(() => closeShared())),
    unfinished: () =>
      hosted.flatMap((service) => service.unfinished().map((what) => `${service.name}: ${what}`)),
    logLevels,
    reportUncaught: async (error) => {
      await reports[0]?.uncaught(error);
    },
  };
}

async function createAll(
  factories: readonly ServiceFactory[],
  options: Parameters<typeof createOwned>[1],
): Promise<OwnedService[]> {
  const owned: OwnedService[] = [];
  const problems: string[] = [];
  try {
    for (const factory of factories) {
      const service = await createOwned(factory, options).catch((error: unknown) => {
        if (!(error instanceof ConfigError)) throw error;
        problems.push(...error.problems);
      });
      if (service) owned.push(service);
    }
    if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  } catch (error) {
    await closeAll(owned);
    throw error;
  }
  return owned;
}

/** Every service takes its steps together with the others: what one still does may need another's memory bus. */
async function stopAll(hosted: readonly HostedService[]): Promise<void> {
  await Promise.all(hosted.map((service) => service.stopRequests()));
  await Promise.all(hosted.map((service) => service.stopWorkers()));
  for (const service of hosted.toReversed()) await service.closeOwned();
}

async function closeAll(owned: readonly OwnedService[]): Promise<void> {
  for (const service of owned.toReversed()) await service.close();
}
