import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventNameOf } from '@fanfare/contracts';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createTopicLog } from '@fanfare/messaging';
import { openDatabase } from '@fanfare/storage';
import { startMain, type StartedMain } from '../testing/start-main';

const path = join(__dirname, '..', 'testing', 'sample-main.ts');

async function start(
  env: Readonly<Record<string, string>> = {},
): Promise<StartedMain & { readonly url: string }> {
  const main = startMain(path, env);
  const url = await eventually(
    () => {
      const found = /"url":"(http:[^"]+)"[\s\S]*everything is ready/.exec(main.stdout());
      if (!found?.[1]) throw new Error(`not ready: ${main.stdout()}${main.stderr()}`);
      return found[1];
    },
    { timeoutMs: 30_000 },
  );
  return { ...main, url };
}

describe('a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'finishes what is under way after %s and exits with 0',
    async (signal) => {
      const main = await start();
      const answer = fetch(`${main.url}/slow`);
      await eventually(() => {
        expect(main.stdout()).toContain('under way');
      });

      main.kill(signal);

      expect(await (await answer).json()).toEqual({ finished: true });
      expect(await main.exited).toBe(0);
      expect(main.stdout()).toMatch(/"msg":"stopped"\}\n$/);
    },
  );

  it('is ended after its time when it does not stop, and names what hung', async () => {
    const main = await start({ SAMPLE_FAULT: 'hang' });

    main.kill('SIGTERM');

    expect(await main.exited).toBe(1);
    expect(main.stdout()).toContain('"hanging":["sample-service: closing owned thing 1"]');
  });

  it.each([
    ['without a key', {}, 'set JWT_SECRET, with which tokens are signed (HS256), or JWKS_URL'],
    ['with the secret of the documentation', { JWT_SECRET: 'your-secret-key' }, 'must be changed'],
    ['with a short secret', { JWT_SECRET: 'short' }, 'JWT_SECRET is too short'],
  ])('does not start asking for tokens %s', async (_, keys, reason) => {
    const main = startMain(path, { AUTH_MODE: 'jwt', ...keys });

    expect(await main.exited).toBe(1);
    expect(main.stderr()).toContain(reason);
    expect(main.stdout()).toBe('');
  });

  it('says whether it asks for tokens', async () => {
    const open = await start();
    const asking = await start({ AUTH_MODE: 'jwt', JWT_SECRET: 'x'.repeat(32) });

    expect((await fetch(`${asking.url}/slow`)).status).toBe(401);
    for (const main of [open, asking]) main.kill('SIGTERM');
    await Promise.all([open.exited, asking.exited]);

    const warning = 'AUTH_MODE is disabled: whoever can reach the port may call every route';
    expect([open, asking].map((main) => main.stdout().includes(warning))).toEqual([true, false]);
  });

  it('exits with 1 and one message when its configuration does not fit', async () => {
    const main = startMain(path, { SERVICE_PORT: 'x', HOST: '' });

    expect(await main.exited).toBe(1);
    expect(main.stderr()).toBe(
      'the configuration does not fit:\n  - SERVICE_PORT is "x": must be a whole number from 0 to 65535\n',
    );
  });

  it('exits with 1 after an error that nobody caught, and logs its stack', async () => {
    const main = startMain(path, { SAMPLE_FAULT: 'reject' });

    expect(await main.exited).toBe(1);
    expect(main.stdout()).toMatch(/"level":"fatal".*nobody caught this.*sample-main/);
  });

  it('reports the error that ends it before it ends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'run-services-'));
    const url = `sqlite:${join(folder, 'sample.db')}`;
    const main = await start({ SAMPLE_DATABASE_URL: url });

    await fetch(`${main.url}/reject`).catch(() => undefined);

    expect(await main.exited).toBe(1);
    const database = await openDatabase(url);
    const clock = createVirtualClock();
    const log = createTopicLog({ database, clock, topic: 'system-order-service' });
    const { events } = await log.read(0, 1, 10);
    await database.close();
    rmSync(folder, { recursive: true });
    expect(events.map(({ type, data }) => [eventNameOf(type), data])).toMatchObject([
      ['system.startup', { level: 'info' }],
      [
        'system.error',
        { level: 'fatal', message: 'an error that nobody caught ends the process: nobody caught this' },
      ],
    ]);
  });

  it('turns debug logging on and off at SIGUSR2', async () => {
    const main = await start();
    const ask = () => fetch(`${main.url}/health/live`);

    main.kill('SIGUSR2');
    await eventually(() => {
      expect(main.stdout()).toContain('"level":"debug","msg":"the log level was changed"');
    });
    await ask();
    await eventually(() => {
      expect(main.stdout().match(/a request was answered/g)).toHaveLength(1);
    });
    main.kill('SIGUSR2');
    await eventually(() => {
      expect(main.stdout()).toContain('"level":"info","msg":"the log level was changed"');
    });
    await ask();

    main.kill('SIGTERM');
    expect(await main.exited).toBe(0);
    expect(main.stdout().match(/a request was answered/g)).toHaveLength(1);
  });

  it('warns that nobody is asked who they are', async () => {
    const main = await start({ JWT_SECRET: 'your-secret-key' });

    main.kill('SIGTERM');
    await main.exited;

    expect(main.stdout()).toContain('AUTH_MODE is disabled');
    expect(main.stdout()).toContain('JWT_SECRET is the value that every copy of the documentation holds');
    expect(main.stdout()).not.toContain('your-secret-key');
  });
});
