import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '@fanfare/core/testing';
import { startMain, type StartedMain } from '../../packages/service-kit/src/testing/start-main';
import { readText, root } from './support/checkout';

const patience = { timeoutMs: 60_000 };
const memory = 'sqlite::memory:';
const names = ['ORDER', 'ANALYTICS', 'EVENT_STORE', 'MEDIATOR', 'NOTIFICATION'];

/** The searches of docs/configuration.md, in their order. */
const [logs = ''] = /^## Logs[^]*?(?=^## )/m.exec(readText('docs/configuration.md')) ?? [];
const [, block = ''] = /^```bash\n([^]*?)^```/m.exec(logs) ?? [];
const searches = block.split('\n').filter((line) => line !== '');

describe('the searches in docs/configuration.md', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-logs-'));
  const file = path.join(folder, 'logs', 'app.log');
  const started: StartedMain[] = [];
  let eventId: string;

  const logged = (pattern: RegExp) =>
    eventually(() => {
      const match = pattern.exec(readFileSync(file, 'utf8'));
      if (!match) throw new Error(`not logged: ${pattern}`);
      return match[1] ?? '';
    }, patience);

  /** The lines that a search prints, each as JSON. */
  function run(search: string): readonly Readonly<Record<string, unknown>>[] {
    const env = { ...process.env, event_id: eventId };
    const { stdout, stderr, status } = spawnSync('bash', ['-c', search], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  }

  function start(main: string, env: Readonly<Record<string, string>>): StartedMain {
    const process = startMain(path.join(root, main), { LOG_OUTPUT: file, ...env });
    started.push(process);
    return process;
  }

  beforeAll(async () => {
    const system = start('services/all-in-one/src/main.ts', {
      EVENT_LOG_URL: memory,
      ...Object.fromEntries(names.map((name) => [`${name}_SERVICE_PORT`, '0'])),
      ...Object.fromEntries(names.map((name) => [`${name}_DATABASE_URL`, memory])),
    });
    await eventually(() => readFileSync(file), patience);
    const url = await logged(/"order-service":"(http:[^"]+)".*"everything is ready"/);
    const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 9.99 };
    await fetch(`${url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    });
    eventId = await logged(/"eventId":"([^"]+)","msg":"Order created/);
    for (const service of ['analytics-service', 'notification-worker']) {
      await logged(new RegExp(`"service":"${service}".*"eventId":"${eventId}"`));
    }
    const failing = start('packages/service-kit/src/testing/sample-main.ts', { SAMPLE_FAULT: 'reject' });
    await failing.exited;
    system.kill('SIGTERM');
    await system.exited;
  });
  afterAll(async () => {
    for (const process of started) process.kill('SIGKILL');
    await Promise.all(started.map(({ exited }) => exited));
    rmSync(folder, { recursive: true });
  });

  it('are four: two for what went wrong, two for one event', () => {
    expect(searches.map((search) => search.split(' ')[0])).toEqual(['grep', 'jq', 'grep', 'jq']);
  });

  it.each(searches.slice(0, 2))('find what went wrong: %s', (search) => {
    expect(run(search)).toMatchObject([
      { service: 'host', msg: 'an error that nobody caught ends the process' },
    ]);
  });

  it.each(searches.slice(2))('find what happened to one event in every service: %s', (search) => {
    const found = run(search);

    expect(new Set(found.map(({ service }) => service))).toEqual(
      new Set(['order-service', 'analytics-service', 'notification-worker']),
    );
    expect(found[0]).toMatchObject({ msg: expect.stringContaining('Order created') as string });
  });
});
