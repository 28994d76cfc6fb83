import { startFaultSystem, type FaultSystem } from '../tests/support/system';
import { measureDrain, untilDrained, type Drain } from './drain';
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

type Subject = Pick<LoadOptions, 'url' | 'method'> & { readonly reports: LoadReport[] };

const subject = (method: Subject['method'], url: string): Subject => ({ method, url, reports: [] });

/** What was asked of the services and of their yardsticks: medians of the rounds. */
type Compared = Readonly<
  Record<'echoPost' | 'dualWritePost' | 'orderPost' | 'echoGet' | 'orderGet', LoadReport>
>;

/** Loads the services and their yardsticks in turn. */
async function compareRequests(system: FaultSystem, connections: number): Promise<Compared> {
  const ordersUrl = system.orders[0]?.url ?? '';
  const baseline = {
    DATABASE_URL: system.backends.databaseUrls.baseline,
    MESSAGE_BUS_URL: system.backends.messageBusUrl,
  };
  const echo = await startServer('echo');
  const dualWrite = await startServer('dual-write', baseline);
  const groups = await startServer('dual-write-groups', baseline);
  const echoPost = subject('POST', `${echo.url}/orders`);
  const dualWritePost = subject('POST', `${dualWrite.url}/orders`);
  const orderPost = subject('POST', `${ordersUrl}/orders`);
  const echoGet = subject('GET', `${echo.url}/orders/1`);
  const orderGet = subject('GET', await placeOrder(ordersUrl));
  const subjects = [echoPost, dualWritePost, orderPost, echoGet, orderGet];
  for (const { method, url } of subjects) await runLoad({ method, url, connections, seconds: 2 });
  for (let round = 0; round < rounds; round += 1) {
    for (const { method, url, reports } of subjects) {
      await untilDrained(system);
      reports.push(await runLoad({ method, url, connections, seconds }));
    }
  }
  for (const server of [echo, dualWrite, groups]) await server.stop();
  console.log(`${connections} connections`);
  const compared = {
    echoPost: medianOf(echoPost.reports),
    dualWritePost: medianOf(dualWritePost.reports),
    orderPost: medianOf(orderPost.reports),
    echoGet: medianOf(echoGet.reports),
    orderGet: medianOf(orderGet.reports),
  };
  printComparison(compared);
  return compared;
}

function printComparison({ echoPost, dualWritePost, orderPost, echoGet, orderGet }: Compared): void {
  const ratio = (left: LoadReport, right: LoadReport) => (left.perSecond / right.perSecond).toFixed(2);
  print('POST, bare Express 5 echo', echoPost);
  print('POST, dual write, both groups live', dualWritePost);
  print(
    'POST /orders, both groups live',
    orderPost,
    `= ${ratio(orderPost, echoPost)} × echo, ${ratio(orderPost, dualWritePost)} × dual write`,
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

function printDrain({ group, backlog, firstMs, perSecond }: Drain, echoPerSecond: number): void {
  const figures = `${Math.round(perSecond)} events/s = ${(perSecond / echoPerSecond).toFixed(2)} × POST echo`;
  console.log(
    `drain by ${group}`.padEnd(50),
    `${figures} (backlog ${backlog}, first ${Math.round(firstMs)} ms after the start)`,
  );
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
    const compared: Compared[] = [];
    for (const connections of connectionCounts) compared.push(await compareRequests(system, connections));
    const ordersPerSecond = compared.map(({ orderPost }) => orderPost.perSecond);
    await measureLag(system, Math.floor(Math.min(...ordersPerSecond) / 2));
    const drains = await measureDrain(system, Number(process.env['BENCH_BACKLOG'] ?? 20_000));
    for (const drain of drains) printDrain(drain, compared[0]?.echoPost.perSecond ?? NaN);
  } finally {
    await system.close();
  }
}
