import { createSigner, encodeHttp } from '@fanfare/cloudevents';
import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { hostForTest, type HostedForTest } from '@fanfare/service-kit/testing';
import { createDemoColleagues, readConfig } from '../src';
import { openMediatorStandIn, type MediatorStandIn } from './mediator-stand-in';

const databases = {
  INVENTORY_DATABASE_URL: 'sqlite::memory:',
  PAYMENT_DATABASE_URL: 'sqlite::memory:',
  SHIPPING_DATABASE_URL: 'sqlite::memory:',
};

interface Colleagues extends AsyncDisposable {
  readonly service: HostedForTest;
  readonly mediator: MediatorStandIn;
  readonly clock: VirtualClock;
  /** Sends a command as the mediator's web hook does. */
  send(command: Command): Promise<{ status: number; body: unknown }>;
  total(name: string): Promise<number>;
}

interface Command {
  readonly to: string;
  readonly type: string;
  readonly id: string;
  readonly data?: unknown;
  readonly secret?: string;
  readonly signedId?: string;
}

const order = { order_id: 'order-1', quantity: 3, total_amount: 12.5 };

async function hostColleagues(env: Readonly<Record<string, string>> = {}): Promise<Colleagues> {
  const clock = createVirtualClock();
  const mediator = await openMediatorStandIn();
  const config = readConfig({ ...databases, MEDIATOR_URL: mediator.url, ...env });
  const service = await hostForTest((resources) => createDemoColleagues(config, resources), { clock });
  return {
    service,
    mediator,
    clock,
    async send({ to, type, id, data = order, secret = config.secret, signedId = id }) {
      const deadline = new Date(clock.now().getTime() + 1_000).toISOString();
      const event = {
        specversion: '1.0',
        id,
        type,
        source: '/mediator/order_fulfilment',
        subject: to,
        datacontenttype: 'application/json',
        deadline,
        attempt: '1',
        data,
      } as const;
      const { headers, body } = encodeHttp(event, 'binary');
      const signed = createSigner({ secrets: [secret], clock }).sign({ id: signedId, body });
      const response = await fetch(`${service.url}/colleagues/${to}`, {
        method: 'POST',
        headers: { ...headers, ...signed } as Record<string, string>,
        body,
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    async total(name) {
      const { body } = await service.request(`/colleagues/${name}/totals`);
      return (body as { readonly total: number }).total;
    },
    async [Symbol.asyncDispose]() {
      await service.stop();
      await mediator[Symbol.asyncDispose]();
    },
  };
}

describe('the colleagues of the demonstration', () => {
  it('know commands whose ids have full stops by the signature of the mediator', async () => {
    await using colleagues = await hostColleagues();
    const command = { to: 'inventory', type: 'inventory.reserve', id: 'order.1:reserve:1' };

    const answer = await colleagues.send({ ...command, signedId: 'order%2E1:reserve:1' });

    expect(answer).toMatchObject({ status: 200, body: { booked: 3 } });
  });

  it('reserve stock, take money and ship, and take all of it back', async () => {
    await using colleagues = await hostColleagues();
    const steps = [
      { to: 'inventory', does: 'inventory.reserve', undoes: 'inventory.release', amount: 3 },
      { to: 'payment', does: 'payment.take', undoes: 'payment.refund', amount: 1_250 },
      { to: 'shipping', does: 'shipping.ship', undoes: 'shipping.recall', amount: 3 },
    ];

    for (const { to, does, undoes, amount } of steps) {
      const done = await colleagues.send({ to, type: does, id: `order-1:${to}:1` });
      expect(done).toEqual({ status: 200, body: { order_id: 'order-1', booked: amount } });
      expect(await colleagues.total(to)).toBe(amount);

      const data = { input: order, result: done.body };
      const undone = await colleagues.send({ to, type: undoes, id: `order-1:${to}:1:undo`, data });
      expect(undone).toEqual({ status: 200, body: { order_id: 'order-1', taken_back: amount } });
      expect(await colleagues.total(to)).toBe(0);
    }
  });

  it('take back what a later command names', async () => {
    await using colleagues = await hostColleagues();
    await colleagues.send({ to: 'shipping', type: 'shipping.ship', id: 'order-1:ship:1' });

    await colleagues.send({
      to: 'shipping',
      type: 'shipping.recall',
      id: 'order-1:return:recall:1',
      data: { ...order, undoes: 'order-1:ship:1' },
    });

    expect(await colleagues.total('shipping')).toBe(0);
  });

  it('list each entry of an order, in pages', async () => {
    await using colleagues = await hostColleagues();
    await colleagues.send({ to: 'inventory', type: 'inventory.reserve', id: 'order-1:reserve:1' });
    await colleagues.send({
      to: 'inventory',
      type: 'inventory.release',
      id: 'order-1:reserve:1:undo',
      data: { input: order, result: null },
    });

    const first = await colleagues.service.request('/colleagues/inventory/entries?order_id=order-1&limit=1');
    const { entries, next_cursor: cursor } = first.body as { entries: unknown[]; next_cursor: string };
    expect(entries).toMatchObject([{ number: 1, command_id: 'order-1:reserve:1', kind: 'do', amount: 3 }]);

    const second = await colleagues.service.request(`/colleagues/inventory/entries?cursor=${cursor}`);
    expect(second.body).toMatchObject({
      entries: [{ number: 2, booking_id: 'order-1:reserve:1', kind: 'undo', amount: -3, status: 'done' }],
      next_cursor: null,
    });
  });

  it.each([
    [401, { secret: `whsec_${Buffer.alloc(24, 1).toString('base64')}` }],
    [401, { signedId: 'order-2:reserve:1' }],
    [400, { data: { order_id: 'order-1' } }],
    [422, { type: 'payment.take' }],
    [400, { to: 'accounting' }],
  ])('answer %d to what is not for them, and do nothing', async (status, change) => {
    await using colleagues = await hostColleagues();
    const command = { to: 'inventory', type: 'inventory.reserve', id: 'order-1:reserve:1', ...change };

    const answer = await colleagues.send(command);

    expect(answer.status).toBe(status);
    expect(await colleagues.total('inventory')).toBe(0);
  });

  it('fail as often as they are told: some refuse for good, some are out of order', async () => {
    await using colleagues = await hostColleagues({ FAILURE_RATE: '1' });
    const statuses = new Set<number>();

    for (let number = 1; number <= 20; number += 1) {
      const id = `order-${number}:reserve:1`;
      statuses.add((await colleagues.send({ to: 'inventory', type: 'inventory.reserve', id })).status);
    }

    expect([...statuses].sort()).toEqual([422, 503]);
    expect(await colleagues.total('inventory')).toBe(0);
  });

  it('do it once and answer after the deadline, when they are told to be late', async () => {
    await using colleagues = await hostColleagues({ TIMEOUT_RATE: '1' });
    const { clock } = colleagues;
    let answered = 0;
    const sending = Array.from({ length: 10 }, async (_, number) => {
      const id = `order-${number}:reserve:1`;
      await colleagues.send({ to: 'inventory', type: 'inventory.reserve', id });
      answered += 1;
    });

    await eventually(() => {
      expect(clock.pending).toBeGreaterThanOrEqual(10);
    });
    await clock.advance(1_000);
    const atDeadline = await colleagues.total('inventory');
    expect(answered).toBe(0);
    expect(atDeadline).toBeGreaterThan(0);
    expect(atDeadline).toBeLessThan(30);

    await clock.advance(200);
    await Promise.all(sending);
    expect(await colleagues.total('inventory')).toBe(30);
  });

  it('do it once and answer twice, when they are told to', async () => {
    await using colleagues = await hostColleagues({ DUPLICATE_RATE: '1' });

    const { status } = await colleagues.send({
      to: 'payment',
      type: 'payment.take',
      id: 'order-1:pay:1',
    });

    expect(status).toBe(202);
    const path = '/api/v1/mediators/order_fulfilment/colleagues/payment/messages/order-1%3Apay%3A1/reply';
    const reply = { method: 'POST', path, body: { result: { order_id: 'order-1', booked: 1_250 } } };
    await eventually(() => {
      expect(colleagues.mediator.calls.filter((call) => call.path === path)).toEqual([reply, reply]);
    });
    expect(await colleagues.total('payment')).toBe(1_250);
  });
});

describe('their registration', () => {
  const settingsOf = (name: string, handles: readonly string[]) =>
    expect.objectContaining({ name, handles, endpoint: `http://demo:8085/colleagues/${name}` }) as unknown;

  it('makes the mediator, and names who takes which commands where', async () => {
    await using colleagues = await hostColleagues({ COLLEAGUES_URL: 'http://demo:8085' });
    const { calls } = colleagues.mediator;

    await eventually(() => {
      expect(calls).toHaveLength(4);
    });

    const [mediator, ...registered] = calls;
    expect(mediator).toEqual({
      method: 'POST',
      path: '/api/v1/mediators',
      body: { name: 'order_fulfilment', kind: 'workflow' },
    });
    expect(registered.map(({ body }) => body)).toEqual([
      settingsOf('inventory', ['inventory.reserve', 'inventory.release']),
      settingsOf('payment', ['payment.take', 'payment.refund']),
      settingsOf('shipping', ['shipping.ship', 'shipping.recall']),
    ]);
  });

  it('is of those only who work here', async () => {
    await using colleagues = await hostColleagues({ COLLEAGUES: 'payment' });
    const { calls } = colleagues.mediator;

    await eventually(() => {
      expect(calls).toHaveLength(2);
    });

    expect(calls[1]?.body).toMatchObject({ id: 'payment' });
    expect((await colleagues.service.request('/colleagues/inventory/totals')).status).toBe(404);
  });

  it('changes what the mediator knows of them otherwise', async () => {
    await using colleagues = await hostColleagues({ COLLEAGUES: 'payment' });
    const { mediator, clock } = colleagues;
    await eventually(() => {
      expect(mediator.calls).toHaveLength(2);
    });

    mediator.answer(({ method }) => (method === 'POST' ? 409 : 200));
    await eventually(async () => {
      await clock.advance(30_000);
      expect(mediator.calls.at(-1)).toMatchObject({
        method: 'PATCH',
        path: '/api/v1/mediators/order_fulfilment/colleagues/payment',
        body: { name: 'payment' },
      });
    });
  });

  it('is tried until it succeeds', async () => {
    await using colleagues = await hostColleagues({ COLLEAGUES: 'payment' });
    const { mediator, clock } = colleagues;
    mediator.answer(() => 503);
    await eventually(async () => {
      await clock.advance(30_000);
      expect(mediator.calls.length).toBeGreaterThan(5);
    });

    const before = mediator.calls.length;
    mediator.answer(() => 201);

    await eventually(async () => {
      await clock.advance(5_000);
      expect(mediator.calls.slice(before).map(({ path }) => path)).toContain(
        '/api/v1/mediators/order_fulfilment/colleagues',
      );
    });
  });
});
