import { eventually } from '@fanfare/core/testing';
import type { HostedForTest } from '@fanfare/service-kit/testing';

type Call = readonly [service: string, path: string, body: object, method?: 'POST' | 'PUT' | 'PATCH'];

const order = { product_id: 'product-1', quantity: 2, total_amount: 99.5 };

const orders: readonly Call[] = [
  ['order-service', '/orders', { ...order, customer_id: 'customer-1' }],
  ['order-service', '/orders', { ...order, customer_id: 'Z"oe"\\O\'Hara' }],
  ['order-service', '/orders', { ...order, customer_id: 'customer-3' }],
];

const store = '/api/v1';
const events: readonly Call[] = [
  [
    'event-store',
    `${store}/observers`,
    { id: 'heat', event_types: ['sensor.read'], filter: { sql: 'celsius > 20' } },
  ],
  ['event-store', `${store}/subscriptions`, { observer_id: 'heat', event_type: 'sensor.alarm' }],
  [
    'event-store',
    `${store}/observers`,
    { id: 'gone', event_types: ['sensor.read'], endpoint: 'http://127.0.0.1:1/hook' },
  ],
  ['event-store', `${store}/events`, { type: 'sensor.read', data: { celsius: 21.5, place: 'Łódź "\\" 🌡' } }],
  ['event-store', `${store}/aggregates`, { type: 'user', id: 'user-1', initial_state: { role: 'user' } }],
  ['event-store', `${store}/aggregates/user-1`, { changes: { role: 'admin' }, expected_version: 0 }, 'PUT'],
  ['event-store', `${store}/snapshots`, { aggregate_id: 'user-1', version: 1 }],
  ['event-store', `${store}/event-store/replay`, { projection: 'event_counts' }],
  ['event-store', `${store}/event-store/erase`, { subject: 'customer-3', reason: 'asked for it' }],
  ['event-store', `${store}/ws/tickets`, {}],
];

const kinds = ['message', 'command', 'notification', 'workflow', 'service', 'resource', 'task', 'job'];
const mediators = `${store}/mediators`;
const worker = { id: 'w', name: 'Worker', handles: ['clean', 'create'] };
const mediator: readonly Call[] = [
  ...kinds.flatMap((kind): readonly Call[] => [
    ['mediator', mediators, { name: kind, kind }],
    ['mediator', `${mediators}/${kind}/colleagues`, worker],
  ]),
  ['mediator', `${mediators}/message/colleagues`, { id: 'ann', name: 'Ann' }],
  [
    'mediator',
    `${mediators}/message/messages`,
    { id: 'm-1', sender_id: 'ann', recipient_id: 'w', message: 'Hi' },
  ],
  [
    'mediator',
    `${mediators}/workflow/definitions`,
    { name: 'sign-up', steps: [{ id: 'one', type: 'create' }] },
  ],
  [
    'mediator',
    `${mediators}/workflow/workflows`,
    { id: 'r-1', name: 'sign-up', data: { email: 'a@b.example' } },
  ],
  [
    'mediator',
    `${mediators}/workflow/workflows`,
    { id: 'r-2', name: 'holiday', steps: [{ id: 'boss', wait: { signal: 'approved' } }] },
  ],
  ['mediator', `${mediators}/workflow/workflows/r-1/signals`, { id: 's-1', name: 'late', data: { days: 1 } }],
  ['mediator', `${mediators}/service/services`, { name: 'database' }],
  ['mediator', `${mediators}/service/services`, { name: 'api', dependencies: ['database'] }],
  ['mediator', `${mediators}/resource/resources`, { name: 'seats', capacity: 10 }],
  [
    'mediator',
    `${mediators}/resource/resources/seats/leases`,
    { id: 'l-1', colleague_id: 'w', amount: 4, lease_ms: 3_600_000 },
  ],
  ['mediator', `${mediators}/task/tasks`, { id: 't-1', name: 'first' }],
  ['mediator', `${mediators}/task/tasks`, { id: 't-2', name: 'second', dependencies: ['t-1'] }],
  [
    'mediator',
    `${mediators}/notification/notifications`,
    { id: 'n-1', type: 'email', content: 'Soon', recipient_ids: ['ann'] },
  ],
  [
    'mediator',
    `${mediators}/job/jobs`,
    { id: 'j-1', name: 'clean', type: 'scheduled', schedule: '0 0 1 1 *', time_zone: 'Europe/Berlin' },
  ],
  ['mediator', `${mediators}/job/jobs/j-1/runs`, { id: 'run-1' }],
];

/** What is asked of a system before it stops, and of every later version on its databases. */
const questions = {
  'order-service': ['/orders?limit=10'],
  'analytics-service': ['/analytics/summary', '/analytics/customers', '/analytics/statuses'],
  'event-store': [
    `${store}/events?limit=1000`,
    `${store}/aggregates/user-1`,
    `${store}/snapshots/user-1/latest`,
    `${store}/observers/heat`,
    `${store}/event-store/verify`,
  ],
  mediator: [
    mediators,
    `${mediators}/message/messages/m-1`,
    `${mediators}/workflow/workflows`,
    `${mediators}/resource/resources/seats`,
    `${mediators}/task/tasks`,
    `${mediators}/service/services`,
    `${mediators}/notification/notifications`,
    `${mediators}/job/jobs/j-1/runs`,
  ],
  'notification-worker': ['/notifications'],
} as const;

/** The answers to a question of each kind, as JSON. */
export type Answers = Readonly<Record<string, unknown>>;

const urlOf = (system: HostedForTest, service: string, path: string) =>
  new URL(path, system.host.urls[service]).href;

async function perform(system: HostedForTest, [service, path, body, method = 'POST']: Call): Promise<void> {
  const headers = path === '/orders' ? { 'idempotency-key': JSON.stringify(body) } : {};
  const { status, body: answer } = await system.request(urlOf(system, service, path), {
    method,
    body,
    headers,
  });
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
}

/** Leaves something in nearly every table, and waits until everybody has heard of it. */
export async function useSystem(system: HostedForTest): Promise<void> {
  for (const call of orders) await perform(system, call);
  const count = async (type: string) => {
    const { body } = await system.request(urlOf(system, 'event-store', `${store}/events?type=${type}`));
    return (body as { readonly events: readonly unknown[] }).events.length;
  };
  await eventually(
    async () => {
      expect(await count('order.created')).toBe(orders.length);
      expect(await count('notification.*')).toBe(orders.length);
    },
    { timeoutMs: 60_000 },
  );
  for (const call of [...events, ...mediator]) await perform(system, call);
  await eventually(
    async () => {
      expect(await count('privacy.*')).toBe(1);
      expect(await count('mediator.*')).toBeGreaterThanOrEqual(kinds.length);
    },
    { timeoutMs: 60_000 },
  );
}

/** Asks what there is to know. */
export async function ask(system: HostedForTest): Promise<Answers> {
  const answers: Record<string, unknown> = {};
  for (const [service, paths] of Object.entries(questions)) {
    for (const path of paths) {
      const { status, body } = await system.request(urlOf(system, service, path));
      answers[`${service} ${path}`] = { status, body };
    }
  }
  return answers;
}
