import type { EventEmitter } from 'node:events';

const endOfLine = '\n';

/**
 * Tells standard error once when the log `name` cannot be written, and, as soon as it can be again, how many lines found no
 * room meanwhile. The process goes on: lines are worth less than the work.
 */
export function tellOfLosses(destination: EventEmitter, name: string): void {
  let isFailing = false;
  let lost = 0;
  const tell = (text: string) => process.stderr.write(`the log ${text}\n`);
  // whoever read both may be gone: an error of which nobody heard would end the process
  if (!process.stderr.listeners('error').includes(ignore)) process.stderr.on('error', ignore);
  destination.on('error', ({ message }: Error) => {
    if (!isFailing) tell(`cannot be written to ${name}: ${message}`);
    isFailing = true;
  });
  destination.on('drop', (lines: Buffer) => {
    lost += countLines(lines);
  });
  destination.on('write', () => {
    if (isFailing || lost > 0) tell(`is written to ${name} again; ${lost} lines were lost`);
    isFailing = false;
    lost = 0;
  });
}

const ignore = () => undefined;

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(endOfLine); at !== -1; at = lines.indexOf(endOfLine, at + 1)) count += 1;
  return count;
}
