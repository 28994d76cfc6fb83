import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reportingServices } from '@fanfare/contracts';
import { eventually } from '@fanfare/core/testing';
import type { ServiceFactory } from '@fanfare/service-kit';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const day = 24 * 3_600_000;
const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 9.5 };

interface RecordJson {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly correlation_id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** All services on files of their own, which outlive a host. */
function createSystem() {
  const folder = mkdtempSync(path.join(tmpdir(), 'reports-'));
  const file = (name: string) => `sqlite:${path.join(folder, `${name}.db`)}`;
  const env = {
    EVENT_LOG_URL: file('log'),
    ORDER_DATABASE_URL: file('orders'),
    ANALYTICS_DATABASE_URL: file('analytics'),
    EVENT_STORE_DATABASE_URL: file('event-store'),
    MEDIATOR_DATABASE_URL: file('mediator'),
    NOTIFICATION_DATABASE_URL: file('notifications'),
  };
  return {
    factories: allServices(env),
    host: (factories: readonly ServiceFactory[], { auditing = true } = {}) =>
      hostForTest(factories, { reports: { auditing, keepMs: 30 * day } }),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function urlOf({ host }: HostedForTest, service: string): string {
  return host.urls[service] ?? '';
}

async function recorded(system: HostedForTest, query: string): Promise<readonly RecordJson[]> {
  const { status, body } = await system.request(
    `${urlOf(system, 'event-store')}/api/v1/events?limit=1000&${query}`,
  );
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { readonly events: readonly RecordJson[] }).events;
}

describe('what services tell of themselves', () => {
  const { factories, host, remove } = createSystem();
  afterAll(remove);

  it('reaches the event log: that each is ready, that it stops, and that it is ready again', async () => {
    const first = await host(factories);
    await eventually(async () => {
      const events = await recorded(first, 'type=system.startup');
      expect(events.map(({ subject }) => subject).sort()).toEqual([...reportingServices].sort());
    });
    await first.stop();

    await using second = await host(factories);

    await eventually(async () => {
      expect(await recorded(second, 'type=system.shutdown')).toHaveLength(reportingServices.length);
      expect(await recorded(second, 'type=system.startup')).toHaveLength(2 * reportingServices.length);
    });
  });
});

describe('the audit trail of all services', () => {
  const { factories, host, remove } = createSystem();
  afterAll(remove);

  it('tells in the event log who changed what, also of calls that were refused', async () => {
    await using system = await host(factories);
    const call = (service: string, method: string, at: string, body?: object) =>
      system.request(`${urlOf(system, service)}${at}`, { method, body, headers: { 'x-request-id': at } });
    const { body: placed } = await call('order-service', 'POST', '/orders', order);
    const { id } = placed as { readonly id: string };
    await call('order-service', 'POST', `/orders/${id}/cancel`);
    await call('order-service', 'POST', `/orders/${id}/cancel`);
    await call('mediator', 'POST', '/api/v1/mediators', { name: 'desk' });
    await call('event-store', 'POST', '/api/v1/observers', { event_types: ['x'], description: 'x' });
    await call('analytics-service', 'POST', '/analytics/rebuild/none/cancel');
    await call('notification-worker', 'DELETE', '/dead-letters/none');

    const entries = await eventually(async () => {
      const events = await recorded(system, 'type=audit.log_created');
      expect(events).toHaveLength(7);
      return events;
    });
    const told = entries.map(({ source, data }) => [
      source,
      data['action'],
      data['outcome'],
      data['entity_id'],
    ]);
    expect(told.sort()).toEqual(
      [
        ['/order-service', 'order.create', 'succeeded', id],
        ['/order-service', 'order.cancel', 'succeeded', id],
        ['/order-service', 'order.cancel', 'refused', id],
        ['/mediator', 'mediator.create', 'succeeded', 'desk'],
        ['/event-store', 'observer.create', 'succeeded', expect.any(String)],
        ['/analytics-service', 'rebuild.cancel', 'refused', 'none'],
        ['/notification-worker', 'dead_letter.delete', 'refused', 'none'],
      ].sort(),
    );
  });
});
