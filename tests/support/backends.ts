import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = path.resolve('scripts/backends/backends.sh');

export type BackendName = 'mariadb' | 'redis' | 'rabbitmq' | 'toxiproxy';

async function backends(...parameters: string[]): Promise<string> {
  const { stdout } = await run('bash', [script, ...parameters], { timeout: 120_000 });
  return stdout;
}

/** Starts a backend on its old data, or on none after `wipe`; resolves when it answers. */
export const startBackend = (name: BackendName) => backends('start', name);

/** SIGKILL; resolves when the process is gone. */
export const killBackend = (name: BackendName) => backends('kill', name);

/** Kills a backend and deletes its data folder. */
export const wipeBackend = (name: BackendName) => backends('wipe', name);

/** The URLs of the native backends, by the names that `make backends` prints. */
export async function readBackendUrls(): Promise<Readonly<Record<string, string>>> {
  const lines = (await backends('env')).split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
