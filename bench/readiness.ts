import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '../tests/support/free-port';

const services = ['ORDER', 'ANALYTICS', 'NOTIFICATION'] as const;

const isReady = (url: string) =>
  fetch(`${url}/health/ready`).then(
    ({ status }) => status === 200,
    () => false,
  );

/**
 * Milliseconds from the start of the process that holds all services, on new SQLite files and without any server, to
 * the moment when each of them says that it is ready.
 */
export async function measureReadiness(): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fanfare-bench-'));
  const ports = await Promise.all(services.map(() => findFreePort()));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const settings = services.flatMap((name, index): readonly (readonly [string, string])[] => [
    [`${name}_SERVICE_PORT`, String(ports[index])],
    [`${name}_DATABASE_URL`, `sqlite:${path.join(folder, `${name}.db`)}`],
  ]);
  const startedMs = performance.now();
  const child = spawn(process.execPath, ['services/all-in-one/dist/main.js'], {
    env: { PATH: process.env['PATH'], ORDERS_FEED_URL: urls[0], ...Object.fromEntries(settings) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    while (!(await Promise.all(urls.map(isReady))).every(Boolean)) {
      if (child.exitCode !== null) throw new Error(`the services ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return performance.now() - startedMs;
  } finally {
    child.kill();
    await ended;
    await rm(folder, { recursive: true });
  }
}
