import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { pino, type DestinationStream } from 'pino';
import { ConfigError } from '../config/config';
import { tellOfLosses } from './log-losses';
import { gathering, inBytes, openStandardOutput } from './logger';

/** Where log lines go. */
export interface LogOutput {
  readonly destination: DestinationStream;
  /** Goes on in a new file after the old one was moved away; undefined for standard output. */
  readonly reopen: (() => void) | undefined;
}

/**
 * Opens `stdout`, or a file to which lines are appended; its folder is made. Throws `ConfigError` when it cannot be written.
 * When it cannot be written later, standard error is told.
 */
export async function openLogOutput(output: string): Promise<LogOutput> {
  if (output === 'stdout') return { destination: openStandardOutput(), reopen: undefined };
  requireWritable(output);
  const destination = pino.destination({
    dest: output,
    append: true,
    mkdir: true,
    sync: false,
    ...gathering,
  });
  // whoever ends the process before would lose what was logged
  await once(destination, 'ready');
  tellOfLosses(destination, output);
  return {
    destination: inBytes(destination),
    reopen: () => {
      // one that has to wait for a write is forgotten by sonic-boom when that write fails
      const again = () => {
        destination.reopen();
      };
      destination.once('error', again);
      destination.once('ready', () => destination.off('error', again));
      destination.reopen();
    },
  };
}

function requireWritable(file: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    closeSync(openSync(file, 'a'));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new ConfigError([
      `LOG_OUTPUT is ${JSON.stringify(file)}: the file cannot be written (${code}); name one that can, or stdout`,
    ]);
  }
}
