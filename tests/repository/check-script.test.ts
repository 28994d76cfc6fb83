import { execFileSync } from 'node:child_process';
import { root } from './support/checkout';
import { createSandbox, runScript, startStandIn, type Answer } from './support/sandbox';

const amounts = [149.99, 50, 100, 150];
const metrics = [
  'orders_created_total 4',
  'events_published_total{topic="orders"} 4',
  'events_applied_total{group="any"} 4',
  'notifications_sent_total{channel="log"} 4',
  'http_requests_total{route="/"} 9',
];

/** Answers for all services where every fact holds: orders are counted, recorded and told of at once. */
function createHealthySystem(): (request: string) => Answer {
  let placed = 0;
  const order = (number: number) => ({
    id: `order-${number}`,
    status: 'pending',
    total: amounts[number - 1],
  });
  return (request) => {
    if (request.startsWith('POST ')) return [201, order((placed += 1))];
    if (request.includes('/orders/')) return [200, order(Number(request.split('-').at(-1)))];
    if (request.includes('/notifications')) return [200, { notifications: [{ status: 'sent' }] }];
    if (request.endsWith('/metrics')) return [200, metrics.join('\n')];
    if (!request.endsWith('/summary')) return [200, { status: 'healthy' }];
    const total_revenue = amounts.slice(0, placed).reduce((sum, amount) => sum + amount, 0);
    return [200, { total_orders: placed, total_revenue }];
  };
}

/** The same, but for one answer. */
function startSystem(about?: RegExp, answer: Answer = null) {
  const answerHealthily = createHealthySystem();
  return startStandIn(({ method = '', url = '' }) => {
    const request = `${method} ${url}`;
    return about?.test(request) ? answer : answerHealthily(request);
  });
}

const env = { PATH: process.env['PATH'], WAIT_SECONDS: '1' };

describe('test.sh', () => {
  it.each<[step: number, what: string, about: RegExp, answer: Answer, reason: string]>([
    [
      1,
      'a service does not answer',
      /\/m\/health\/live/,
      null,
      'does not answer: start the system with make up',
    ],
    [
      2,
      'a service is there and not healthy',
      /\/o\/health$/,
      [503, { status: 'unhealthy', service: 'order-service' }],
      '/o/health says {"status":"unhealthy","service":"order-service"}',
    ],
    [3, 'an order is refused', /POST/, [503, { code: 'no' }], 'POST /orders answered 503: {"code":"no"}'],
    [
      3,
      'an order has no id',
      /POST/,
      [201, { status: 'pending' }],
      'the answer has no id: {"status":"pending"}',
    ],
    [
      3,
      'an order does not begin as pending',
      /POST/,
      [201, { id: 'x', status: 'shipped' }],
      'a new order is not pending',
    ],
    [
      4,
      'an order reads back differently',
      /\/orders\//,
      [200, { id: 'order-1' }],
      'the order reads back differently',
    ],
    [
      5,
      'a customer is not told',
      /=order-2/,
      [200, { notifications: [] }],
      'order order-2 was never notified',
    ],
    [
      5,
      'an order is not recorded',
      /\/e\/.*\/order-3/,
      [404, {}],
      'order order-3 never came to the event store',
    ],
    [
      6,
      'orders are not counted',
      /summary/,
      [200, { total_orders: 9, total_revenue: 9 }],
      'the summary does not count 4 more orders',
    ],
    [
      8,
      'a metric is missing',
      /\/n\/metrics/,
      [200, metrics[0]],
      '/n/metrics has no notifications_sent_total{',
    ],
  ])('fails at step %d, and names what failed, when %s', async (step, _, about, answer, reason) => {
    await using services = await startSystem(about, answer);

    const { status, stdout, stderr } = await runScript(`${root}/test.sh`, [], {
      env: { ...env, ...services.env },
    });

    expect(status).toBe(1);
    expect(stdout.match(/^\d(?=\. )/gm)?.at(-1)).toBe(String(step));
    expect(stderr).toContain('  FAILED: ');
    expect(stderr).toContain(reason);
  });
});

const curl = execFileSync('which', ['curl'], { encoding: 'utf8' }).trim();

describe('test.sh, of a system of this checkout,', () => {
  const line = (text: string) => `{"service":"notification-worker","msg":"[NOTIFICATION] ${text}"}\n`;
  const others = Array.from({ length: 1_000 }, (_, index) => line(`Order other-${index} created`)).join('');

  it.each([
    [
      'passes when the worker has logged the notification, however much came after it',
      line('Order order-4 created') + others,
      0,
    ],
    [
      'fails when the worker has logged no notification of the order',
      `${others}{"service":"order-service","msg":"order-4"}\n`,
      1,
    ],
  ])('%s', async (_, log, expected) => {
    await using services = await startSystem();
    // where the services are is not said then, so they seem to be on the ports that are usual
    using sandbox = createSandbox({ curl: `exec ${curl} --connect-to ::127.0.0.1:${services.port} "$@"` });
    sandbox.write('.run/mode', 'embedded\n');
    sandbox.write('.run/all-in-one.log', log);

    const { status, stdout, stderr } = await sandbox.run('test.sh', [], { env: { WAIT_SECONDS: '1' } });

    expect({ status, isPassed: stdout.includes('All 8 checks passed.') }).toEqual({
      status: expected,
      isPassed: expected === 0,
    });
    expect(stderr.includes("FAILED: the worker's log has no NOTIFICATION line for order order-4")).toBe(
      expected === 1,
    );
  });
});
