import { createIdGenerator, createSystemClock, type Clock } from '@fanfare/core';
import { createLocalHub, type LocalHub } from '@fanfare/messaging';
import { ConfigError } from './config';
import { openEdge, type EdgeConfig } from './edge';
import type { ServerTimeouts } from './http/server';
import { startHosting, type HostedService } from './hosted-service';
import type { LoggerOptions } from './logger';
import { createOwned, type OwnedService } from './owned-service';
import type { ServiceFactory } from './service';
import type { LogLevel } from './settings';

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
}

/** Services that run in this process. */
export interface Host {
  /** Where each service listens, by its name. */
  readonly urls: Readonly<Record<string, string>>;
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
  setLogLevel(level: LogLevel): void;
}

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
  const shared = {
    clock,
    newId: options.newId ?? createIdGenerator(clock),
    hub: options.hub ?? createLocalHub({ clock }),
    logging: options.logging ?? {},
    maxRequestsInFlight: options.maxRequestsInFlight,
    timeouts: options.timeouts,
    edge: await openEdge(options.edge ?? {}, clock),
  };
  const owned = await createAll(factories, shared);
  const hosted: HostedService[] = [];
  try {
    for (const service of owned) hosted.push(await startHosting(service, shared));
  } catch (error) {
    await stopAll(hosted);
    await closeAll(owned);
    await shared.edge.close();
    throw error;
  }
  let stopped: Promise<void> | undefined;
  return {
    urls: Object.fromEntries(hosted.map(({ name, url }) => [name, url])),
    ready: Promise.all(hosted.map(({ ready }) => ready)).then((all) => all.every(Boolean)),
    renewCertificate() {
      const certificate = shared.edge.readCertificate();
      if (certificate) for (const service of hosted) service.renewCertificate(certificate);
    },
    stop: () => (stopped ??= stopAll(hosted).then(() => shared.edge.close())),
    unfinished: () =>
      hosted.flatMap((service) => service.unfinished().map((what) => `${service.name}: ${what}`)),
    setLogLevel(level) {
      for (const service of owned) service.setLogLevel(level);
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
