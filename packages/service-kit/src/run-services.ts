import { createSystemClock, toError } from '@fanfare/core';
import { ConfigError, readEnvironment } from './config';
import { hostServices, type Host } from './host-services';
import { createLogger, openStandardOutput, type Logger } from './logger';
import type { ServiceFactory } from './service';
import { hostSettings, type HostConfig } from './settings';

export interface RunOptions {
  /** After this time a process that does not stop is ended, and says what hung. */
  readonly stopWithinMs?: number;
}

/**
 * Runs services as a process: what a `main.ts` calls. Exits with 1 and one message when a configuration does not fit;
 * SIGTERM and SIGINT stop it, exit code 0 within 10 s, or 1; SIGUSR2 turns debug logging on and off. An error that nobody
 * caught ends the process, because nobody can say what state it left behind.
 */
export async function runServices(
  factories: readonly ServiceFactory[],
  { stopWithinMs = 10_000 }: RunOptions = {},
): Promise<void> {
  try {
    const config = readEnvironment(hostSettings({ isTerminal: process.stdout.isTTY }));
    const logging = {
      level: config.logLevel,
      format: config.logFormat,
      destination: openStandardOutput(),
    };
    const logger = createLogger({ ...logging, service: 'host' });
    endOnUncaught(logger);
    logWarnings(logger, config);
    const host = await hostServices(factories, { logging, edge: config.edge });
    stopOnSignal(host, logger, stopWithinMs);
    toggleDebugOnSignal(host, logger, config);
    if (config.edge.tlsFiles) renewCertificateOnSignal(host, logger);
    if (await host.ready) {
      logger.info({ environment: config.environment, urls: host.urls }, 'everything is ready');
    }
  } catch (error) {
    const { message, stack = message } = toError(error);
    process.stderr.write(`${error instanceof ConfigError ? message : stack}\n`);
    process.exit(1);
  }
}

function logWarnings(logger: Logger, { warnings }: HostConfig): void {
  logger.warn('AUTH_MODE is disabled: whoever can reach the port may call every route');
  for (const warning of warnings) logger.warn(warning);
}

function endOnUncaught(logger: Logger): void {
  const end = (error: unknown) => {
    const { name, message, stack } = toError(error);
    logger.fatal({ type: name, message, stack }, 'an error that nobody caught ends the process');
    process.exit(1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}

function stopOnSignal(host: Host, logger: Logger, stopWithinMs: number): void {
  const clock = createSystemClock();
  const stop = async (signal: string) => {
    logger.info({ signal }, 'stopping');
    // a sleep, not a timer: it keeps the process alive, which else would end as if all were well
    void clock.sleep(stopWithinMs).then(() => {
      logger.error({ hanging: host.unfinished() }, 'the process does not stop and is ended');
      process.exit(1);
    });
    await host.stop();
    logger.info('stopped');
    process.exit(0);
  };
  process.once('SIGTERM', (signal) => void stop(signal));
  process.once('SIGINT', (signal) => void stop(signal));
}

function renewCertificateOnSignal(host: Host, logger: Logger): void {
  process.on('SIGHUP', () => {
    try {
      host.renewCertificate();
      logger.info('the certificate was read again');
    } catch (error) {
      logger.error({ err: toError(error) }, 'the certificate cannot be used; the one before stays');
    }
  });
}

function toggleDebugOnSignal(host: Host, logger: Logger, { logLevel }: HostConfig): void {
  let level = logLevel;
  process.on('SIGUSR2', () => {
    level = level === 'debug' ? (logLevel === 'debug' ? 'info' : logLevel) : 'debug';
    logger.level = level;
    host.setLogLevel(level);
    logger.warn({ level }, 'the log level was changed');
  });
}
