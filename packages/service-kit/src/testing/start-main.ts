import { runFromSource } from '@fanfare/core/testing';
import { spawn } from 'node:child_process';

/** A process that runs a TypeScript main from sources. */
export interface StartedMain {
  stdout(): string;
  stderr(): string;
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

export function startMain(path: string, env: Readonly<Record<string, string>>): StartedMain {
  const child = spawn(process.execPath, ['--conditions=source', '-e', runFromSource, path], {
    cwd: __dirname,
    env: { PATH: process.env['PATH'], ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    exited: new Promise((resolve) => child.once('close', resolve)),
    kill: (signal) => void child.kill(signal),
  };
}
