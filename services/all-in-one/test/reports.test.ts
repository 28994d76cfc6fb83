import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reportingServices } from '@fanfare/contracts';
import { eventually } from '@fanfare/core/testing';
import type { ServiceFactory } from '@fanfare/service-kit';
import { authForTest, bearer, hostForTest, tokenFor, type HostedForTest } from '@fanfare/service-kit/testing';
import { allServices } from '../src';

const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 1, total_amount: 9.5 };
const reports = { auditing: true, keepMs: 30 * 24 * 3_600_000 };
const patient = { timeoutMs: 15_000 };

interface RecordJson {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly aggregate_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** All services on files of their own, which outlive a host. */
function createSystem() {
  const folder = mkdtempSync(path.join(tmpdir(), 'reports-'));
  const file = (name: string) => `sqlite:${path.join(folder, `${name}.db`)}`;
  const factories = allServices({
    EVENT_LOG_URL: file('log'),
    ORDER_DATABASE_URL: file('orders'),
    ANALYTICS_DATABASE_URL: file('analytics'),
    EVENT_STORE_DATABASE_URL: file('event-store'),
    MEDIATOR_DATABASE_URL: file('mediator'),
    NOTIFICATION_DATABASE_URL: file('notifications'),
  });
  return {
    factories,
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function urlOf({ host }: HostedForTest, service: string): string {
  return host.urls[service] ?? '';
}

/** Calls one of the services as somebody. */
function callerOf(system: HostedForTest, sub: string) {
  const headers = bearer(tokenFor({ sub, roles: ['admin'] }));
  return (service: string, method: string, at: string, body?: object) =>
    system.request(`${urlOf(system, service)}${at}`, { method, body, headers });
}

async function recorded(system: HostedForTest, query: string): Promise<readonly RecordJson[]> {
  const call = callerOf(system, 'auditor');
  const { status, body } = await call('event-store', 'GET', `/api/v1/events?limit=1000&${query}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { readonly events: readonly RecordJson[] }).events;
}

const isOrderService = (factory: ServiceFactory) => factory === system.factories[0];
let system: ReturnType<typeof createSystem>;

beforeEach(() => {
  system = createSystem();
});
afterEach(() => {
  system.remove();
});

describe('what services tell of themselves', () => {
  it('reaches the event log: that each is ready, that it stops, and that it is ready again', async () => {
    const first = await hostForTest(system.factories, { reports });
    await eventually(async () => {
      const events = await recorded(first, 'type=system.startup');
      expect(events.map(({ subject }) => subject).sort()).toEqual([...reportingServices].sort());
    }, patient);
    await first.stop();

    await using second = await hostForTest(system.factories, { reports });

    await eventually(async () => {
      expect(await recorded(second, 'type=system.shutdown')).toHaveLength(reportingServices.length);
      expect(await recorded(second, 'type=system.startup')).toHaveLength(2 * reportingServices.length);
    }, patient);
  });

  it('alerts whoever observes system.error', async () => {
    let isBroken = false;
    const breakable =
      (create: ServiceFactory): ServiceFactory =>
      async (resources) => {
        const service = await create(resources);
        const run = async (signal: AbortSignal) => {
          while (!signal.aborted) {
            await resources.clock.sleep(10, signal);
            if (isBroken) throw new Error('the engine has stopped');
          }
        };
        return { ...service, workers: [...service.workers, { name: 'engine', run }] };
      };
    const factories = system.factories.map((create) => (isOrderService(create) ? breakable(create) : create));
    await using hosted = await hostForTest(factories, { reports });
    const call = callerOf(hosted, 'operator');
    const observer = { id: 'alerts', event_types: ['system.error'] };
    expect(await call('event-store', 'POST', '/api/v1/observers', observer)).toMatchObject({ status: 201 });

    isBroken = true;

    await eventually(async () => {
      const { body } = await call('event-store', 'GET', '/api/v1/observers/alerts/deliveries');
      const delivered = JSON.stringify(body);
      expect(delivered).toContain('worker engine failed: the engine has stopped');
      expect(delivered).toContain('/order-service');
    }, patient);
  });
});

describe('the audit trail', () => {
  it('tells who changed what in each service, by type and by actor, also what was refused to one who is known', async () => {
    await using hosted = await hostForTest(system.factories, { reports, auth: authForTest });
    const [alice, bob] = [callerOf(hosted, 'alice'), callerOf(hosted, 'bob')];
    await hosted.request(`${urlOf(hosted, 'order-service')}/orders`, { method: 'POST', body: order });
    const { body } = await alice('order-service', 'POST', '/orders', order);
    const { id } = body as { readonly id: string };
    await bob('order-service', 'POST', `/orders/${id}/cancel`);
    await alice('order-service', 'POST', `/orders/${id}/cancel`);
    await bob('mediator', 'POST', '/api/v1/mediators', { name: 'desk' });
    await bob('event-store', 'DELETE', '/api/v1/observers/none');
    await alice('analytics-service', 'POST', '/analytics/rebuild/none/cancel');
    await alice('notification-worker', 'DELETE', '/dead-letters/none');

    const trailOf = async (actor: string) => {
      const entries = await recorded(hosted, `type=audit.log_created&subject=${actor}`);
      return entries
        .map(({ source, data }) => [source, data['action'], data['outcome'], data['entity_id']].join(' '))
        .sort();
    };
    await eventually(async () => {
      expect(await recorded(hosted, 'type=audit.log_created')).toHaveLength(7);
    }, patient);
    expect(await trailOf('alice')).toEqual([
      '/analytics-service rebuild.cancel refused none',
      '/notification-worker dead_letter.delete refused none',
      `/order-service order.cancel refused ${id}`,
      `/order-service order.create succeeded ${id}`,
    ]);
    expect(await trailOf('bob')).toEqual([
      '/event-store observer.delete refused none',
      '/mediator mediator.create succeeded desk',
      `/order-service order.cancel succeeded ${id}`,
    ]);
    expect(await trailOf('anonymous')).toEqual([]);
  });

  it('leads from what happened to who asked for it, by the request that both belong to', async () => {
    await using hosted = await hostForTest(system.factories, { reports, auth: authForTest });
    const headers = { ...bearer(tokenFor({ sub: 'alice', roles: ['writer'] })), 'x-request-id': 'request-7' };
    await hosted.request('/orders', { method: 'POST', body: order, headers });

    await eventually(async () => {
      const events = await recorded(hosted, 'correlation_id=request-7');
      expect(events.find(({ type }) => type === 'order.created')).toBeDefined();
      expect(events.find(({ type }) => type === 'audit.log_created')).toMatchObject({
        subject: 'alice',
        aggregate_id: null,
        data: { user_id: 'alice', request_id: 'request-7' },
      });
    }, patient);
  });

  it('gets what happened while the event store was away, each entry once', async () => {
    const alone = await hostForTest(system.factories.filter(isOrderService), { reports });
    for (let n = 0; n < 5; n += 1) await alone.request('/orders', { method: 'POST', body: order });
    await alone.stop();

    await using hosted = await hostForTest(system.factories, { reports });

    await eventually(async () => {
      expect(await recorded(hosted, 'type=audit.log_created')).toHaveLength(5);
    }, patient);
    const { body } = await hosted.request(`${urlOf(hosted, 'event-store')}/ledger`);
    expect((body as { readonly groups: readonly object[] }).groups).toContainEqual(
      expect.objectContaining({ topic: 'audit-order-service', head: 5, applied: 5, missing: [] }),
    );
  });

  it('stays empty while auditing is off', async () => {
    await using hosted = await hostForTest(system.factories, { reports: { ...reports, auditing: false } });
    await hosted.request('/orders', { method: 'POST', body: order });

    await eventually(async () => {
      expect(await recorded(hosted, 'type=order.created')).toHaveLength(1);
    }, patient);
    const { body } = await hosted.request('/topics/audit-order-service/0');
    expect(body).toMatchObject({ head: 0 });
  });
});
