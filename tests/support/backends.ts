import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const script = path.resolve('scripts/backends/backends.sh');

export type BackendName = 'mariadb' | 'redis' | 'rabbitmq' | 'kafka' | 'ferretdb' | 'toxiproxy';

/** Folder and ports of backends of the caller's own; without them the shared ones are meant. */
export type Variables = Readonly<Record<string, string>>;

async function backends(parameters: readonly string[], variables?: Variables): Promise<string> {
  const env = { ...process.env, ...variables };
  const { stdout } = await run('bash', [script, ...parameters], { timeout: 120_000, env });
  return stdout;
}

/** Starts a backend on its old data, or on none after `wipe`; resolves when it answers. */
export const startBackend = (name: BackendName, variables?: Variables) =>
  backends(['start', name], variables);

/** SIGKILL; resolves when the process is gone. */
export const killBackend = (name: BackendName, variables?: Variables) => backends(['kill', name], variables);

/** SIGTERM; resolves when the process is gone. */
export const stopBackend = (name: BackendName, variables?: Variables) => backends(['stop', name], variables);

/** Kills a backend and deletes its data folder. */
export const wipeBackend = (name: BackendName, variables?: Variables) => backends(['wipe', name], variables);

/** The URLs of the native backends, by the names that `make backends` prints. */
export async function readBackendUrls(variables?: Variables): Promise<Variables> {
  const lines = (await backends(['env'], variables)).split('\n').filter((line) => line.includes('='));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

/** Throws, saying what to do, when the backends have printed nothing of that name. */
export function needVariable(urls: Variables, name: string): string {
  const url = urls[name];
  if (!url) throw new Error(`${name} is missing: run make backends first`);
  return url;
}
