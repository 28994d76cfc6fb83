import { startFaultSystem, type FaultSystem } from '../tests/support/system';
import { measureDrain, untilDrained } from './drain';
import { runLoad, type LoadOptions, type LoadReport } from './load';
import { quantileBound, readHistogram } from './prometheus';
import { median } from './median';
import { measureReadiness } from './readiness';
import { startServer } from './servers/start-server';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
/** How many order at a time, one comparison for each. */
const connectionCounts = (process.env['BENCH_CONNECTIONS'] ?? '32,128').split(',').map(Number);

const medianOf = (reports: readonly LoadReport[]): LoadReport => ({
  perSecond: median(reports.map(({ perSecond }) => perSecond)),
  p50Ms: median(reports.map(({ p50Ms }) => p50Ms)),
  p99Ms: median(reports.map(({ p99Ms }) => p99Ms)),
  failed: reports.reduce((sum, { failed }) => sum + failed, 0),
  sent: reports.reduce((sum, { sent }) => sum + sent, 0),
});

function print(label: string, { perSecond, p50Ms, p99Ms, failed }: LoadReport, ratio = ''): void {
  const figures = `${Math.round(perSecond).toString().padStart(7)} /s   p50 ${p50Ms} ms   p99 ${p99Ms} ms`;
  console.log(`${label.padEnd(34)} ${figures}   failed ${failed}   ${ratio}`);
}

/** Places one order and returns its URL; the answer also fills the cache. */
async function placeOrder(serviceUrl: string): Promise<string> {
  const response = await fetch(`${serviceUrl}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ customer_id: 'c', product_id: 'p', quantity: 1, total_amount: 9.99 }),
  });
  return new URL(response.headers.get('location') ?? '', serviceUrl).href;
}

const subjectNames = ['echoPost', 'dualWritePost', 'orderPost', 'echoGet', 'orderGet'] as const;

type Subjects<T> = Record<(typeof subjectNames)[number], T>;

/** Loads the services and their yardsticks in turn; returns how many orders were placed in a second. */
async function compareRequests(system: FaultSystem, connections: number): Promise<number> {
  const ordersUrl = system.orders[0]?.url ?? '';
  const baseline = {
    DATABASE_URL: system.backends.databaseUrls.baseline,
    MESSAGE_BUS_URL: system.backends.messageBusUrl,
  };
  const echo = await startServer('echo');
  const dualWrite = await startServer('dual-write', baseline);
  const groups = await startServer('dual-write-groups', baseline);
  const subjects: Subjects<Pick<LoadOptions, 'url' | 'method'>> = {
    echoPost: { url: `${echo.url}/orders`, method: 'POST' },
    dualWritePost: { url: `${dualWrite.url}/orders`, method: 'POST' },
    orderPost: { url: `${ordersUrl}/orders`, method: 'POST' },
    echoGet: { url: `${echo.url}/orders/1`, method: 'GET' },
    orderGet: { url: await placeOrder(ordersUrl), method: 'GET' },
  };
  const reports: Subjects<LoadReport[]> = {
    echoPost: [],
    dualWritePost: [],
    orderPost: [],
    echoGet: [],
    orderGet: [],
  };
  for (const name of subjectNames) await runLoad({ ...subjects[name], connections, seconds: 2 });
  for (let round = 0; round < rounds; round += 1) {
    for (const name of subjectNames) {
      await untilDrained(system);
      reports[name].push(await runLoad({ ...subjects[name], connections, seconds }));
    }
  }
  for (const server of [echo, dualWrite, groups]) await server.stop();
  console.log(`${connections} connections`);
  printComparison(reports);
  return medianOf(reports.orderPost).perSecond;
}

function printComparison(reports: Subjects<LoadReport[]>): void {
  const [echoPost, dual, orderPost] = [
    medianOf(reports.echoPost),
    medianOf(reports.dualWritePost),
    medianOf(reports.orderPost),
  ];
  const [echoGet, orderGet] = [medianOf(reports.echoGet), medianOf(reports.orderGet)];
  const ratio = (left: LoadReport, right: LoadReport) => (left.perSecond / right.perSecond).toFixed(2);
  print('POST, bare Express 5 echo', echoPost);
  print('POST, dual write, both groups live', dual);
  print(
    'POST /orders, both groups live',
    orderPost,
    `= ${ratio(orderPost, echoPost)} × echo, ${ratio(orderPost, dual)} × dual write`,
  );
  print('GET, bare Express 5', echoGet);
  print('GET /orders/{id}, cached', orderGet, `= ${ratio(orderGet, echoGet)} × Express GET\n`);
}

async function measureLag(system: FaultSystem, rate: number): Promise<void> {
  const ordersUrl = system.orders[0]?.url ?? '';
  for (const [group, { url = '' } = {}] of [
    ['analytics-service', system.analytics[0]],
    ['notification-worker', system.notifications[0]],
  ] as const) {
    const before = await readHistogram(url, 'event_lag_seconds', group);
    await runLoad({ url: `${ordersUrl}/orders`, method: 'POST', seconds, rate });
    const after = await readHistogram(url, 'event_lag_seconds', group);
    const [p50, p99] = [0.5, 0.99].map((quantile) => quantileBound(before, after, quantile) * 1_000);
    console.log(
      `lag of ${group} at ${rate} orders/s`.padEnd(50),
      `p50 ≤ ${p50 ?? '?'} ms   p99 ≤ ${p99 ?? '?'} ms`,
    );
  }
}

/** Of the built code: what `npm start` compiles before is not in it. */
async function printReadiness(): Promise<void> {
  const tries: number[] = [];
  for (let round = 0; round < rounds; round += 1) tries.push(await measureReadiness());
  console.log(
    'start of all services without servers'.padEnd(50),
    `ready after ${Math.round(median(tries))} ms`,
  );
}

/** The order flow on the native backends, next to the yardsticks of `servers`. */
export async function measureOrders(): Promise<void> {
  console.log(`medians of ${rounds} interleaved rounds of ${seconds} s; quote only as ratios\n`);
  await printReadiness();
  const system = await startFaultSystem();
  try {
    const loads: number[] = [];
    for (const connections of connectionCounts) loads.push(await compareRequests(system, connections));
    await measureLag(system, Math.floor(Math.min(...loads) / 2));
    await measureDrain(system, Number(process.env['BENCH_BACKLOG'] ?? 20_000));
  } finally {
    await system.close();
  }
}
