import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLocalHub } from '@fanfare/messaging';
import { createErasuresStandIn, hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { sql } from 'kysely';
import { hostMediator, type MediatorForTest } from './host-mediator';
import { createOrderStandIn, orderData, placed } from './support/order-stand-in';

const { customer_id: customer } = orderData;
const other = 'customer-2';
const later = new Date('2100-01-01T00:00:00.000Z');
const tables = ['workflows', 'workflow_events', 'messages', 'receipts', 'mediator_notifications', 'tasks'];

describe('a person whom the mediator is to forget', () => {
  const orders = createOrderStandIn();
  const erasures = createErasuresStandIn();
  let others: HostedForTest;
  let mediator: MediatorForTest;

  beforeEach(async () => {
    const clock = createSystemClock();
    const hub = createLocalHub({ clock });
    others = await hostForTest([orders.factory, erasures.factory], { clock, hub });
    mediator = await hostMediator(
      { ORDER_SAGA: 'on', PRIVACY_FEED_URL: 'http://127.0.0.1:1' },
      { clock, hub },
    );
    await mediator.begin({ name: 'desk', kind: 'task' }, 'clerk');
    const data = { user_id: customer, note: 'call back', status: 'running' };
    await mediator.post('/mediators/desk/tasks', { id: 't-1', name: 'call', data });
    await orders.publish(placed('o-1'), placed('o-2'));
    await eventually(async () => {
      for (const id of ['o-1', 'o-2']) expect((await run(id)).status).toBe(200);
    });
  });
  afterEach(async () => {
    await mediator.stop();
    await others.stop();
  });

  const run = (id: string) => mediator.get(`/mediators/order_fulfilment/workflows/${id}`);

  async function stored(): Promise<string> {
    const all = tables.map((table) =>
      sql`select * from ${sql.table(table)}`.execute(mediator.database.queries),
    );
    return JSON.stringify((await Promise.all(all)).map(({ rows }) => rows));
  }

  it('is in no run, history, message or task any more; all else in them stays', async () => {
    expect(await stored()).toContain(customer);

    await erasures.erase(customer);

    await eventually(async () => {
      expect(await stored()).not.toContain(customer);
    });
    expect(await run('o-1')).toMatchObject({
      body: { status: 'running', data: { order_id: 'o-1', customer_id: 'erased', product_id: 'product-1' } },
    });
    expect((await mediator.get('/mediators/desk/tasks/t-1')).body).toMatchObject({
      data: { user_id: 'erased', note: 'call back', status: 'running' },
    });
  });

  it('goes with an order that is erased itself, and stays with the others', async () => {
    await erasures.erase('o-1');

    await eventually(async () => {
      expect(await run('o-1')).toMatchObject({ body: { data: { order_id: 'o-1', customer_id: 'erased' } } });
    });
    expect(await run('o-2')).toMatchObject({ body: { data: { customer_id: customer } } });
  });

  it('does not come back with an order that comes late, which is fulfilled for nobody in particular', async () => {
    await erasures.erase('o-4');
    await erasures.erase(customer);
    await eventually(async () => {
      expect(await stored()).not.toContain(customer);
    });

    await orders.publish(placed('o-3'), placed('o-4', { customer: other }), placed('o-5', { at: later }));

    await eventually(async () => {
      expect(await run('o-5')).toMatchObject({ body: { data: { customer_id: customer } } });
    });
    for (const id of ['o-3', 'o-4']) {
      expect(await run(id)).toMatchObject({
        body: { status: 'running', data: { customer_id: 'erased', product_id: 'product-1' } },
      });
    }
    expect(await stored()).not.toContain(other);
  });

  it('is looked for only where persons are named: a word that means something else stays', async () => {
    await erasures.erase('running');
    await erasures.erase(customer);

    await eventually(async () => {
      expect(await stored()).not.toContain(customer);
    });
    expect(await run('o-1')).toMatchObject({ body: { status: 'running' } });
    expect((await mediator.get('/mediators/desk/tasks/t-1')).body).toMatchObject({
      data: { status: 'running' },
    });
  });
});
