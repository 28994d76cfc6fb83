import { eventually } from '@fanfare/core/testing';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { findFreePort } from '../support/free-port';
import { buildImage } from './support/built-image';
import { readText } from './support/checkout';
import { parseCompose } from './support/compose-file';
import { environmentOf, instructionsOf, parseDockerfile, readExecForm } from './support/dockerfile';

const runtime = parseDockerfile(readText('deploy/Dockerfile')).at(-1);
if (!runtime) throw new Error('deploy/Dockerfile has no stage');
const imageEnvironment = environmentOf(runtime);
const defaultCommand = instructionsOf(runtime, 'CMD').map(({ text }) => readExecForm(text))[0] ?? [];
const { services } = parseCompose(readText('docker-compose.yml'));
const commands = Object.entries(services)
  .filter(([, { build }]) => build)
  .map(([name, { command = [] }]) => ({ name, command }));

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), link: z.boolean().optional() })),
});

/** Runs a command of the image in the folder that stands for its work folder, on free ports and embedded adapters. */
async function startContainer(
  folder: string,
  [, ...parameters]: readonly string[],
  service: string | undefined,
) {
  const port = String(await findFreePort());
  const env = {
    ...imageEnvironment,
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    SERVICE_PORT: port,
    ...(service !== undefined && { SERVICE: service }),
    ORDER_SERVICE_PORT: port,
    ANALYTICS_SERVICE_PORT: String(await findFreePort()),
    EVENT_STORE_SERVICE_PORT: String(await findFreePort()),
    MEDIATOR_SERVICE_PORT: String(await findFreePort()),
    NOTIFICATION_SERVICE_PORT: String(await findFreePort()),
    // nobody answers there, as when this service is the first to start
    ORDERS_FEED_URL: `http://127.0.0.1:${await findFreePort()}`,
    MEDIATOR_FEED_URL: `http://127.0.0.1:${await findFreePort()}`,
    NOTIFICATIONS_FEED_URL: `http://127.0.0.1:${await findFreePort()}`,
    ANALYTICS_FEED_URL: `http://127.0.0.1:${await findFreePort()}`,
  };
  const child = spawn(process.execPath, parameters, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (output += String(chunk)));
  const exitCode = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    untilReady: () =>
      eventually(
        async () => {
          if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${output}`);
          const { status } = await fetch(`http://127.0.0.1:${port}/health/ready`);
          if (status !== 200) throw new Error(`answers ${status}: ${output}`);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      ),
    checkHealth: () => spawnSync(process.execPath, ['deploy/healthcheck.cjs'], { cwd: folder, env }).status,
    output: () => output,
    stop(): Promise<number | null> {
      child.kill('SIGTERM');
      return exitCode;
    },
  };
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .map((entry) => path.join(folder, entry.name))
    .reduce((sum, place) => {
      const found = lstatSync(place);
      return sum + (found.isDirectory() ? sizeOf(place) : found.size);
    }, 0);
}

function describeImage(): void {
  let folder = '';
  let app = '';
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'fanfare-image-'));
    app = await buildImage(folder);
  }, 900_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds every product dependency of the lock file and no development dependency', () => {
    const { packages } = lockFile.parse(JSON.parse(readText('package-lock.json')));
    const installed = Object.entries(packages).filter(([place]) => place.includes('node_modules/'));
    const present = (isDevelopment: boolean) =>
      installed
        .filter(([, { dev = false }]) => dev === isDevelopment)
        .map(([place]) => place)
        .filter((place) => existsSync(path.join(app, place)));

    expect(present(true)).toEqual([]);
    expect(present(false)).toEqual(
      expect.arrayContaining(['node_modules/better-sqlite3', 'node_modules/@fanfare/core']),
    );
    for (const name of ['typescript', 'jest'])
      expect(existsSync(path.join(app, 'node_modules', name))).toBe(false);
  });

  it('holds the built code without tests', () => {
    const { references } = z
      .object({ references: z.array(z.object({ path: z.string() })) })
      .parse(JSON.parse(readText('tsconfig.json')));

    for (const { path: place } of references)
      expect(readFileSync(path.join(app, place, 'dist/index.js'), 'utf8')).not.toBe('');
    expect(existsSync(path.join(app, 'packages/core/dist/backoff.test.js'))).toBe(false);
  });

  it('leaves room for Node below 300 MB: its slim image has some 235', () => {
    expect(sizeOf(app)).toBeLessThan(50_000_000);
  });

  const images = commands.map(({ name }) => ({
    name: `the image of ${name}`,
    command: defaultCommand,
    service: name,
  }));
  const alone = [...commands, { name: 'everything', command: defaultCommand }].map((one) => ({
    ...one,
    service: undefined,
  }));

  it.each([...alone, ...images])(
    'starts $name without a warning from Node, tells its health truly and stops with 0',
    async ({ command, service }) => {
      const container = await startContainer(app, command, service);

      await container.untilReady();
      expect(container.checkHealth()).toBe(0);

      expect(await container.stop()).toBe(0);
      expect(container.output()).not.toContain('Warning: ');
      expect(container.checkHealth()).toBe(1);
    },
    120_000,
  );
}

if (process.env['FANFARE_SLOW_TESTS'] === '1') {
  describe('the image, built without Docker', describeImage);
} else {
  it.skip('builds and runs what the image holds (it compiles for minutes: set FANFARE_SLOW_TESTS=1)', () =>
    undefined);
}
