import { createSystemClock, toError } from '@fanfare/core';
import { loadConfigFile } from '../config-file/config';
import type { FileSettings } from '../config-file/read-config-file';
import { ConfigError, readEnvironment } from '../config/config';
import { openLogOutput, type LogOutput } from '../logging/log-output';
import { createLogger, type Logger } from '../logging/logger';
import { hostServices, type Host } from './host-services';
import { hostSettings, type HostConfig } from './host-settings';
import type { ServiceFactory } from './service';

export interface RunOptions {
  /** After this time a process that does not stop is ended, and says what hung. */
  readonly stopWithinMs?: number;
}

/**
 * Runs services as a process: what a `main.ts` calls. Exits with 1 and one message when a configuration does not fit;
 * SIGTERM and SIGINT stop it, exit code 0 within 10 s, or 1; SIGUSR2 turns debug logging on and off, SIGHUP opens
 * the log file again. An error that nobody caught ends the process, because nobody can say what state it left behind.
 */
export async function runServices(
  factories: readonly ServiceFactory[],
  { stopWithinMs = 10_000 }: RunOptions = {},
): Promise<void> {
  let file: FileSettings | undefined;
  try {
    file = loadConfigFile({ isAlone: factories.length === 1 });
    const config = readEnvironment(hostSettings({ isTerminal: process.stdout.isTTY }));
    const output = await openLogOutput(config.logOutput);
    const logging = {
      level: config.logLevel,
      format: config.logFormat,
      destination: output.destination,
    };
    const logger = createLogger({ ...logging, service: 'host' });
    const running: { host?: Host } = {};
    endOnUncaught(logger, (error) => running.host?.reportUncaught(error));
    logWarnings(logger, config, file);
    const host = await hostServices(factories, {
      logging,
      tracing: config.tracing,
      monitoring: config.monitoring,
      reports: config.reports,
      auth: config.auth,
      serviceToken: config.serviceToken,
      edge: config.edge,
      onLogLevel: (level) => {
        logger.level = level;
      },
    });
    running.host = host;
    stopOnSignal(host, logger, stopWithinMs);
    toggleDebugOnSignal(host, logger, config);
    if (config.edge.tlsFiles) renewCertificateOnSignal(host, logger);
    reopenOnSignal(output, logger);
    if (await host.ready) {
      logger.info(
        { environment: config.environment, urls: host.urls, metricsUrl: host.metricsUrl },
        'everything is ready',
      );
    }
  } catch (error) {
    const { message, stack = message } = toError(error);
    const told = error instanceof ConfigError ? (file?.nameKeys(error) ?? error).message : stack;
    process.stderr.write(`${told}\n`);
    process.exit(1);
  }
}

function logWarnings(logger: Logger, { auth, warnings }: HostConfig, { withoutEffect }: FileSettings): void {
  if (auth.mode === 'disabled') {
    logger.warn('AUTH_MODE is disabled: whoever can reach the port may call every route');
  }
  for (const warning of warnings) logger.warn(warning);
  if (withoutEffect.length > 0) {
    const message = 'keys of the configuration file have no effect here; docs/configuration.md says why';
    logger.warn({ keys: withoutEffect }, message);
  }
}

function endOnUncaught(logger: Logger, report: (error: unknown) => Promise<void> | undefined): void {
  let isEnding = false;
  const end = async (error: unknown) => {
    const isFirst = !isEnding;
    isEnding = true;
    try {
      const { name, message, stack } = toError(error);
      logger.fatal({ type: name, message, stack }, 'an error that nobody caught ends the process');
      if (isFirst) await report(error);
    } catch {
      // what cannot be told to anybody ends the process as well
    } finally {
      if (isFirst) process.exit(1);
    }
  };
  process.on('uncaughtException', (error) => void end(error));
  process.on('unhandledRejection', (error) => void end(error));
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

function toggleDebugOnSignal({ logLevels }: Host, logger: Logger, { logLevel }: HostConfig): void {
  process.on('SIGUSR2', () => {
    const calm = logLevel === 'debug' ? 'info' : logLevel;
    const level = logLevels.current() === 'debug' ? calm : 'debug';
    logLevels.set(level);
    logger.warn({ level }, 'the log level was changed');
  });
}

/** As `logrotate` asks for it; without a file the signal ends the process, as ever. */
function reopenOnSignal({ reopen }: LogOutput, logger: Logger): void {
  if (!reopen) return;
  process.on('SIGHUP', () => {
    reopen();
    logger.info('the log file was opened again');
  });
}
