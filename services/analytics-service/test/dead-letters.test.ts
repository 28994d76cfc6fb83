import { eventually } from '@fanfare/core/testing';
import { messageOf, rawMessage } from './order-producer';
import { orderMovedEvent, orderPlacedEvent } from './samples';
import { startSystem, type System } from './system';

interface Letter {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
}

describe('events that analytics cannot count', () => {
  async function untilLetters(
    system: System,
    state: 'dead' | 'parked',
    count: number,
  ): Promise<readonly Letter[]> {
    return eventually(async () => {
      const letters = (await system.get(`/dead-letters?state=${state}`)) as readonly Letter[];
      expect(letters).toHaveLength(count);
      return letters;
    });
  }

  it('are dead letters at once when no JSON is in them, with their bytes, and later orders count', async () => {
    await using system = await startSystem({ hasRelay: false });

    await system.producer.send(rawMessage('no {json'), messageOf([orderPlacedEvent('o-1')]));

    await system.untilSummary({ total_orders: 1 });
    const [letter] = await untilLetters(system, 'dead', 1);
    expect(letter?.attempts).toBe(1);
    expect(letter?.reason).toContain('not JSON');
    expect(await system.get(`/dead-letters/${letter?.id ?? ''}`)).toMatchObject({
      body_base64: Buffer.from('no {json').toString('base64'),
    });
  });

  it('are dead letters at once when they are an empty object, which is no order', async () => {
    await using system = await startSystem({ hasRelay: false });
    const emptyOrder = { ...orderPlacedEvent('o-1'), data: {} };

    await system.producer.send(
      rawMessage('{}'),
      messageOf([emptyOrder]),
      messageOf([orderPlacedEvent('o-2')]),
    );

    await system.untilSummary({ total_orders: 1, total_revenue: 10.5 });
    const letters = await untilLetters(system, 'dead', 2);
    expect(await system.get(`/dead-letters/${letters[0]?.id ?? ''}`)).toMatchObject({ event: {} });
    expect(await system.get(`/dead-letters/${letters[1]?.id ?? ''}`)).toMatchObject({ event: emptyOrder });
  });

  it.each([
    ['a type that nobody knows', { type: 'com.fanfare.order.exploded.v1' }, 'unknown event type'],
    ['an id that is too long', { data: { ...orderData(), order_id: 'x'.repeat(65) } }, 'order_id'],
    ['more than two decimals', { data: { ...orderData(), total_amount: 10.555 } }, 'total_amount'],
  ])('are dead letters at once when they have %s, and never stop the others', async (_, fault, reason) => {
    await using system = await startSystem();
    const bad = { ...orderPlacedEvent('o-1'), ...fault };

    await system.producer.publish(orderPlacedEvent('o-0'), bad, orderPlacedEvent('o-2'));

    await system.untilSummary({ total_orders: 2 });
    const [letter] = await untilLetters(system, 'dead', 1);
    expect(letter?.reason).toContain(reason);
    expect(await system.get(`/dead-letters/${letter?.id ?? ''}`)).toMatchObject({ event: bad, sequence: 2 });
  });

  it('are dead letters at once when they put a different order under a known id', async () => {
    await using system = await startSystem();

    await system.producer.publish(orderPlacedEvent('o-1'));
    await system.producer.publish(orderPlacedEvent('o-1', { amount: 7 }), orderPlacedEvent('o-2'));

    await system.untilSummary({ total_orders: 2, total_revenue: 21 });
    const [letter] = await untilLetters(system, 'dead', 1);
    expect(letter?.attempts).toBe(1);
    expect(letter?.reason).toContain('placed before');
  });

  it('are kept over a restart, and count when they are redriven then', async () => {
    await using system = await startSystem({ env: { MAX_ATTEMPTS: '1' } });
    await system.producer.publish(orderMovedEvent('o-1', 'cancelled'));
    const before = await untilLetters(system, 'dead', 1);

    await system.analytics.stop();
    const restarted = await system.addInstance();

    expect((await restarted.request('/dead-letters')).body).toEqual(before);
    await system.producer.publish(orderPlacedEvent('o-1'));
    await eventually(async () => {
      await restarted.request('/dead-letters/redrive', { method: 'POST' });
      expect((await restarted.request('/analytics/summary')).body).toMatchObject({ cancelled_orders: 1 });
    });
  });

  it('wait for their order when it is not known yet, without holding up others, and count when it comes', async () => {
    await using system = await startSystem({ hasRelay: false });
    const early = orderMovedEvent('o-1', 'cancelled');
    await system.producer.send(messageOf([early]), messageOf([orderPlacedEvent('o-2')]));
    await system.untilSummary({ total_orders: 1 });
    await untilLetters(system, 'parked', 1);

    await system.producer.send(messageOf([{ ...orderPlacedEvent('o-1'), partitionkey: 'another-key' }]));

    await system.untilSummary({ total_orders: 2, cancelled_orders: 1, total_revenue: 10.5 });
    await untilLetters(system, 'parked', 0);
  });

  it('are tried with growing delays and then given up, and count when they are redriven', async () => {
    await using system = await startSystem({ env: { MAX_ATTEMPTS: '2' } });
    await system.producer.publish(orderMovedEvent('o-1', 'cancelled'));
    const [letter] = await untilLetters(system, 'dead', 1);
    expect(letter).toMatchObject({ attempts: 2, reason: 'not_found: order o-1 was never placed' });

    await system.producer.publish(orderPlacedEvent('o-1'));
    await system.untilSummary({ total_orders: 1, cancelled_orders: 0 });
    await system.analytics.request('/dead-letters/redrive', { method: 'POST' });

    await system.untilSummary({ total_orders: 1, cancelled_orders: 1, total_revenue: 0 });
    await untilLetters(system, 'dead', 0);
  });
});

function orderData(): object {
  return orderPlacedEvent('o-1').data as object;
}
