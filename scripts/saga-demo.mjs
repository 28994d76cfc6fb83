// Starts the system and the colleagues that fulfil orders, as unreliable as FAILURE_RATE, TIMEOUT_RATE and DUPLICATE_RATE say
// (0 to 1), places ORDERS orders, waits until each has come to its end, and shows what became of them: exit code 0 when stock
// and money are those of the orders that were shipped, else 1. Called by scripts/saga-demo.sh, which builds first.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = '.run/saga-demo';
const { ORDERS = '20', FAILURE_RATE = '0.2', TIMEOUT_RATE = '0.05', DUPLICATE_RATE = '0.05' } = process.env;
const waitMs = 120_000;
const say = (text) => process.stderr.write(`fanfare: ${text}\n`);

/** A port that is free now. */
async function findPort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

function start(service, settings) {
  const log = createWriteStream(`${folder}/${service}.log`);
  const child = spawn(process.execPath, [`services/${service}/dist/main.js`], {
    env: { PATH: process.env.PATH, HOST: '127.0.0.1', LOG_FORMAT: 'json', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  return child;
}

async function stop(child) {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

async function call(url, body) {
  const response = await fetch(url, {
    method: body ? 'POST' : 'GET',
    headers: {
      'content-type': 'application/json',
      ...(process.env.TOKEN && { authorization: `Bearer ${process.env.TOKEN}` }),
    },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return response.json();
}

async function until(what, isTrue) {
  const hasEnded = () => children.some(({ exitCode }) => exitCode !== null);
  for (const end = Date.now() + waitMs; Date.now() < end && !hasEnded(); await sleep(200)) {
    if (await isTrue().catch(() => false)) return;
  }
  throw new Error(`${what}: not within ${waitMs / 1_000} s, or a process has ended; see ${folder}/*.log`);
}

async function startAll() {
  const names = ['order', 'analytics', 'eventStore', 'mediator', 'notification', 'colleagues'];
  const ports = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await findPort()])));
  const urls = Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${ports[name]}`]));
  const database = (name) => `sqlite:${folder}/${name}.db`;
  const system = start('all-in-one', {
    ORDER_SAGA: 'on',
    ORDER_SAGA_STEP_TIMEOUT: '1s',
    ...{ ORDER_SERVICE_PORT: ports.order, ORDER_DATABASE_URL: database('orders') },
    ...{ ANALYTICS_SERVICE_PORT: ports.analytics, ANALYTICS_DATABASE_URL: database('analytics') },
    ...{ EVENT_STORE_SERVICE_PORT: ports.eventStore, EVENT_STORE_DATABASE_URL: database('event-store') },
    ...{
      NOTIFICATION_SERVICE_PORT: ports.notification,
      NOTIFICATION_DATABASE_URL: database('notifications'),
    },
    ...{ MEDIATOR_SERVICE_PORT: ports.mediator, MEDIATOR_DATABASE_URL: database('mediator') },
    EVENT_LOG_URL: database('event-log'),
  });
  const colleagues = start('demo-colleagues', {
    ...{ FAILURE_RATE, TIMEOUT_RATE, DUPLICATE_RATE, SEED: process.env.SEED ?? '1' },
    ...{ SERVICE_PORT: ports.colleagues, MEDIATOR_URL: urls.mediator },
    INVENTORY_DATABASE_URL: database('inventory'),
    PAYMENT_DATABASE_URL: database('payment'),
    SHIPPING_DATABASE_URL: database('shipping'),
  });
  return { urls, children: [colleagues, system] };
}

async function placeAll(urls, count) {
  const orders = [];
  for (let number = 1; number <= count; number += 1) {
    const order = {
      ...{ customer_id: `customer-${number % 5}`, product_id: `product-${number % 3}` },
      ...{ quantity: 1 + (number % 4), total_amount: (1_000 + number * 317) / 100 },
    };
    orders.push(await call(`${urls.order}/orders`, order));
  }
  return orders.map(({ id }) => id);
}

/** No order and no run is on its way any more. */
async function haveEnded(urls, ids) {
  const orders = await Promise.all(ids.map((id) => call(`${urls.order}/orders/${id}`)));
  if (orders.some(({ status }) => status !== 'shipped' && status !== 'cancelled')) return false;
  for (const status of ['running', 'compensating']) {
    const url = `${urls.mediator}/api/v1/mediators/order_fulfilment/workflows?limit=1&status=${status}`;
    if ((await call(url)).workflows.length > 0) return false;
  }
  return true;
}

/** Why orders were cancelled, by id. */
async function readReasons(urls) {
  const reasons = new Map();
  for (let from = 1, head = Infinity; from <= head;) {
    const page = await call(`${urls.order}/topics/orders/0?limit=1000&from=${from}`);
    for (const { subject, data } of page.events) if (data.reason) reasons.set(subject, data.reason);
    [from, head] = [page.next_sequence, page.head];
  }
  return reasons;
}

const money = (cents) => (cents / 100).toFixed(2);
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** Shows what became of the orders; true when all who count have counted the same. */
async function show(urls, ids) {
  const orders = await Promise.all(ids.map((id) => call(`${urls.order}/orders/${id}`)));
  const reasons = await readReasons(urls);
  const totalOf = async (name) => (await call(`${urls.colleagues}/colleagues/${name}/totals`)).total;
  const { total_revenue: revenue } = await call(`${urls.analytics}/analytics/summary`);
  const shipped = orders.filter(({ status }) => status === 'shipped');
  const pieces = sum(shipped.map(({ quantity }) => quantity));
  const cents = sum(shipped.map(({ total_amount: amount }) => Math.round(amount * 100)));
  const rows = [
    ['stock reserved', await totalOf('inventory'), pieces],
    ['pieces shipped', await totalOf('shipping'), pieces],
    ['money taken', money(await totalOf('payment')), money(cents)],
    ['revenue in analytics', money(Math.round(revenue * 100)), money(cents)],
  ];

  console.log(`${'order'.padEnd(38)}${'status'.padEnd(11)}pieces    amount  why`);
  for (const { id, status, quantity, total_amount: amount } of orders) {
    const columns = [
      id.padEnd(38),
      status.padEnd(11),
      String(quantity).padStart(6),
      money(amount * 100).padStart(10),
    ];
    console.log(`${columns.join('')}  ${reasons.get(id) ?? ''}`.trimEnd());
  }
  console.log(`\n${shipped.length} of ${orders.length} orders were shipped. Beside what they come to:`);
  for (const [name, found, expected] of rows) {
    const isRight = String(found) === String(expected);
    console.log(
      `  ${name.padEnd(22)}${String(found).padStart(10)}  ${isRight ? 'right' : `WRONG, not ${expected}`}`,
    );
  }
  return rows.every(([, found, expected]) => String(found) === String(expected));
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { urls, children } = await startAll();
try {
  say(`starting, with logs and data under ${folder}`);
  await until('the system', async () => (await call(`${urls.order}/health/ready`)).status === 'ready');
  const registered = `${urls.mediator}/api/v1/mediators/order_fulfilment/colleagues`;
  await until('the colleagues', async () => (await call(registered)).colleagues.length === 3);
  say(
    `placing ${ORDERS} orders: of all commands ${FAILURE_RATE} fail, ${TIMEOUT_RATE} are late, ${DUPLICATE_RATE} are answered twice`,
  );
  const ids = await placeAll(urls, Number(ORDERS));
  await until('the end of all orders', () => haveEnded(urls, ids));
  if (!(await show(urls, ids))) process.exitCode = 1;
} finally {
  await Promise.all(children.map(stop));
}
