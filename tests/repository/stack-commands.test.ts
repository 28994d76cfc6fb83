import { execFileSync } from 'node:child_process';
import { createSandbox, startStandIn, type Answer } from './support/sandbox';

const curl = execFileSync('which', ['curl'], { encoding: 'utf8' }).trim();

/** The answers of services of which one has the dead letter at `path`. */
const knownTo =
  (path: string, ofOthers = 404) =>
  ({ url = '' }): Answer =>
    url.startsWith(path) ? [200, { redriven: 1 }] : [ofOthers, {}];

describe('the commands that ask the services', () => {
  it("place the guide's order and show the answer", async () => {
    using sandbox = createSandbox({});
    await using services = await startStandIn(() => [201, { id: 'order-1' }]);

    const { status, stdout } = await sandbox.stack('order', { env: services.env });

    expect([status, stdout]).toEqual([0, '{"id":"order-1"}\n']);
    expect(services.requests).toEqual([
      'POST /o/orders {"customer_id":"customer-123","product_id":"product-456","quantity":2,"total_amount":99.99}',
    ]);
  });

  it('fail when the order is not accepted, and show the refusal', async () => {
    using sandbox = createSandbox({});
    await using services = await startStandIn(() => [503, { error: 'come again' }]);

    const { status, stdout, stderr } = await sandbox.stack('order', { env: services.env });

    expect(status).toBe(1);
    expect(stdout).toBe('{"error":"come again"}\n');
    expect(stderr).toContain('answered 503 instead of 201');
  });

  it('show the summary', async () => {
    using sandbox = createSandbox({});
    await using services = await startStandIn(() => [200, { total_orders: 3 }]);

    const { stdout } = await sandbox.stack('analytics', { env: services.env });

    expect([stdout, services.requests]).toEqual(['{"total_orders":3}\n', ['GET /a/analytics/summary']]);
  });

  it.each([
    [{}, 'GET /x/dead-letters?limit=100', 'GET /e/api/v1/dead-letters?limit=100'],
    [{ REDRIVE: 'all' }, 'POST /x/dead-letters/redrive', undefined],
    [{ REDRIVE: 'd-1' }, 'POST /x/dead-letters/d-1/redrive', 'POST /e/api/v1/dead-letters/d-1/redrive'],
    [{ DROP: 'd-1' }, 'DELETE /x/dead-letters/d-1', 'DELETE /e/api/v1/dead-letters/d-1'],
  ])(
    'list dead letters, try them again or drop them, those of observers too: %j',
    async (env, ofServices, ofObservers) => {
      using sandbox = createSandbox({});
      await using services = await startStandIn(() => [200, []]);

      const { status } = await sandbox.stack('dead-letters', { env: { ...services.env, ...env } });

      const expected = ['/o/', '/a/', '/e/', '/m/', '/n/'].map((service) =>
        ofServices.replace('/x/', service),
      );
      expect([status, services.requests]).toEqual([0, [...expected, ...(ofObservers ? [ofObservers] : [])]]);
    },
  );

  it.each([
    ['no service knows', () => [404, {}] as const, 1, 'no service that answered has a dead letter d-1'],
    [
      'is still being tried',
      () => [409, { detail: 'not dead' }] as const,
      1,
      'answered 409: {"detail":"not dead"}',
    ],
    ['one service knows', knownTo('/n/dead-letters/d-1'), 0, ''],
    ['an observer did not get', knownTo('/e/api/v1/dead-letters/d-1'), 0, ''],
    ['one knows and another cannot say', knownTo('/n/dead-letters/d-1', 503), 0, 'answered 503'],
  ])('say whether they found the dead letter: one that %s', async (_, answer, expected, reason) => {
    using sandbox = createSandbox({});
    await using services = await startStandIn(answer);

    for (const action of ['REDRIVE', 'DROP']) {
      const { status, stderr } = await sandbox.stack('dead-letters', {
        env: { ...services.env, [action]: 'd-1' },
      });

      expect([action, status]).toEqual([action, expected]);
      expect(stderr).toContain(reason);
    }
  });

  it.each([{}, { REDRIVE: 'all' }, { DROP: 'all' }])(
    'fail when a service refuses to act on its dead letters: %j',
    async (env) => {
      using sandbox = createSandbox({});
      await using services = await startStandIn(({ url }) =>
        url?.startsWith('/a/') ? [403, {}] : [200, []],
      );

      const { status, stderr } = await sandbox.stack('dead-letters', { env: { ...services.env, ...env } });

      expect(status).not.toBe(0);
      expect(stderr).toContain('403');
    },
  );

  it('show the last events, newest first', async () => {
    using sandbox = createSandbox({});
    await using services = await startStandIn(() => [200, { events: [] }]);

    const { stdout } = await sandbox.stack('event-store', { env: services.env });

    expect([stdout, services.requests]).toEqual([
      '{"events":[]}\n',
      ['GET /e/api/v1/events?order=desc&limit=20'],
    ]);
  });

  it.each([
    [true, 0],
    [false, 1],
  ])('verify the event log, and end with the verdict: valid %s, status %d', async (valid, expected) => {
    using sandbox = createSandbox({});
    await using services = await startStandIn(() => [200, { valid }]);

    const { status, stdout } = await sandbox.stack('verify', { env: services.env });

    expect([status, stdout]).toEqual([expected, `{"valid":${valid}}\n`]);
    expect(services.requests).toEqual(['GET /e/api/v1/event-store/verify']);
  });

  it.each(['order', 'analytics', 'notification', 'event-store', 'verify', 'ledger', 'dead-letters'])(
    'show the token of TOKEN to each of them, and not on a command line: make %s',
    async (command) => {
      const shown = new Set<string | undefined>();
      await using services = await startStandIn(({ headers }) => {
        shown.add(headers.authorization);
        return [201, { valid: true }];
      });
      using sandbox = createSandbox({ curl: `exec ${curl} "$@"` });

      await sandbox.stack(command, { env: { ...services.env, TOKEN: 'a.b.c' } });

      // the worker's log is no service
      expect([...shown]).toEqual(command === 'notification' ? [] : ['Bearer a.b.c']);
      expect(sandbox.calls().join('\n')).not.toContain('a.b.c');
    },
  );
});
