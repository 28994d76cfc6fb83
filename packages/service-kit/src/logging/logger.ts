import { createRequire } from 'node:module';
import { AppError, toError } from '@fanfare/core';
import { pino, type DestinationStream } from 'pino';
import type pretty from 'pino-pretty';
import { tellOfLosses } from './log-losses';

/** Writes structured lines; errors go under `err`: `log.warn({ err }, 'what happened')`. */
export type Logger = pino.Logger;

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  readonly level?: LogLevel;
  readonly format?: 'json' | 'pretty';
  /** On every line. A function when the name is not known yet. */
  readonly service: string | (() => string);
  /** Where lines go; standard output unless given. */
  readonly destination?: DestinationStream;
  /** Told of each child logger. A child keeps the level that it was made with, so whoever changes levels must know it. */
  readonly onChild?: (child: Logger) => void;
}

/**
 * Lines gather until there are so many bytes, or for so long: a write for each of them costs more than making it. When
 * nothing can be written, what `maxLength` has no room for is lost.
 */
export const gathering = {
  minLength: 8_192,
  periodicFlush: 50,
  maxLength: 16 * 1024 * 1024,
  contentMode: 'buffer',
} as const;

/** Standard output, written to without blocking and flushed at exit. Loggers that share it keep their lines in order. */
export function openStandardOutput(): DestinationStream {
  const destination = pino.destination({ dest: 1, sync: false, ...gathering });
  tellOfLosses(destination, 'standard output');
  return inBytes(destination);
}

/** Hands lines over as bytes: as texts they would be joined, and their length counted anew, with every line that comes. */
export function inBytes(destination: DestinationStream): DestinationStream {
  // the types of sonic-boom do not know what `contentMode` means
  const bytes = destination as unknown as { write(line: Buffer): void };
  return {
    write(line) {
      bytes.write(Buffer.from(line));
    },
  };
}

/** A logger in JSON or for human eyes. What looks like a secret is taken out of every line, wherever it stands in it. */
export function createLogger(options: LoggerOptions): Logger {
  const { level = 'info', format = 'json', service, destination = openStandardOutput(), onChild } = options;
  const nameOf = typeof service === 'string' ? () => service : service;
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: () => ({ service: nameOf() }),
      serializers: { err: describeError },
      ...(onChild && { onChild }),
    },
    withoutSecrets(format === 'pretty' ? prettyPrinter(destination) : destination),
  );
}

/** An error as it is logged: what is expected with its code and causes, everything else with its stack as well. */
export function describeError(thrown: unknown): object {
  const error = toError(thrown);
  const causes = causesOf(error);
  const message = { message: error.message, ...(causes.length > 0 && { causes }) };
  if (error instanceof AppError && error.code !== 'internal') return { code: error.code, ...message };
  return { type: error.name, ...message, stack: error.stack };
}

function causesOf(error: Error): string[] {
  const causes = [];
  for (let cause = error.cause; cause !== undefined && causes.length < 5;) {
    const link = toError(cause);
    causes.push(link.message);
    cause = link.cause === cause ? undefined : link.cause;
  }
  return causes;
}

const secretName = '(?:password|secret|token|ticket|authorization|cookie)';
const secretFields = new RegExp(
  `("[^"]*${secretName}[^"]*":)("(?:[^"\\\\]|\\\\.)*"|[\\d.]+|\\{[^{}]*\\}|\\[[^[\\]]*\\])`,
  'gi',
);
const secretParameters = new RegExp(`([?&][^=&"\\s]*${secretName}[^=&"\\s]*=)[^&"\\s]+`, 'gi');
const urlCredentials = /(\/\/[^\s/@:"]*:)[^\s/@"]+@/g;

/** What every text has in it from which something is hidden. One look for it is much cheaper than three replacements. */
const mayHoldSecrets = new RegExp(`${secretName}|@`, 'i');

/** Hides the values of fields and URL parameters that are named like secrets, at any depth, and the passwords of URLs. */
export function hideSecrets(line: string): string {
  if (!mayHoldSecrets.test(line)) return line;
  return line
    .replace(secretFields, '$1"[hidden]"')
    .replace(secretParameters, '$1[hidden]')
    .replace(urlCredentials, '$1[hidden]@');
}

/** Takes one line, or several at once. */
function withoutSecrets(destination: DestinationStream): DestinationStream {
  return {
    write(line) {
      destination.write(hideSecrets(line));
    },
  };
}

/** Loaded only by who wants it: in production lines are JSON. */
function prettyPrinter(destination: DestinationStream): DestinationStream {
  const load = createRequire(__filename);
  const { prettyFactory } = load('pino-pretty') as typeof pretty;
  const format = prettyFactory({
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    colorize: process.stdout.isTTY,
  });
  return {
    write(lines) {
      for (const line of lines.trimEnd().split('\n')) destination.write(format(line));
    },
  };
}
