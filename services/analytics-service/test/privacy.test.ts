import { eventually } from '@fanfare/core/testing';
import { createErasuresStandIn } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { messageOf } from './order-producer';
import { useRebuilds } from './rebuild-fixture';
import { orderPlacedEvent, placedAt } from './samples';

const later = new Date(placedAt.getTime() + 1);

describeOnEveryDatabase('a customer whom analytics is to forget', (_open, underTest) => {
  const erasures = createErasuresStandIn();
  const env = { PRIVACY_FEED_URL: 'http://127.0.0.1:1' };
  const fixture = useRebuilds(underTest, { env, beside: [erasures.factory] });
  const { byHand, placeThree, rebuild } = fixture;

  const customers = () => fixture.system.get('/analytics/customers');

  const otherReports = () =>
    Promise.all(['summary', 'products', 'statuses'].map((name) => fixture.system.get(`/analytics/${name}`)));

  async function untilForgotten(customerId: string): Promise<void> {
    await eventually(async () => {
      expect(JSON.stringify(await customers())).not.toContain(customerId);
    });
  }

  /** Another order under an id that is counted already. */
  async function placeOrderThatFails(orderId: string, customer: string): Promise<void> {
    await fixture.system.producer.send(messageOf([orderPlacedEvent(orderId, { customer, amount: 1 })]));
    await eventually(async () => {
      expect(await byHand("select * from parked_events where state = 'dead'")).toHaveLength(1);
    });
  }

  const readDeadLetters = async () =>
    JSON.stringify(await byHand('select cast(body as char) as text from parked_events'));

  it('is counted among those who are forgotten, and no other total changes', async () => {
    await placeThree();
    const before = await otherReports();

    await erasures.erase('c-2');
    await untilForgotten('c-2');
    await erasures.erase('c-1');
    await untilForgotten('c-1');

    expect(await customers()).toEqual([
      expect.objectContaining({ customer_id: 'erased', orders: 3, cancelled_orders: 1, revenue: 20.09 }),
    ]);
    expect(await otherReports()).toEqual(before);
    expect(await byHand("select * from order_metrics where customer_id <> 'erased'")).toEqual([]);
  });

  it('does not come back by an event that is late, and may come back by an order that is placed later', async () => {
    await placeThree();
    await erasures.erase('c-2', placedAt);
    await untilForgotten('c-2');

    await fixture.system.producer.publish(
      orderPlacedEvent('o-4', { customer: 'c-2' }),
      orderPlacedEvent('o-5', { customer: 'c-2', time: later }),
    );
    await fixture.system.untilSummary({ total_orders: 5 });

    expect(await byHand("select order_id from order_metrics where customer_id = 'c-2'")).toEqual([
      { order_id: 'o-5' },
    ]);
  });

  it('does not come back when everything is counted anew', async () => {
    await placeThree();
    await rebuild();
    await erasures.erase('c-2');
    await untilForgotten('c-2');
    const before = await customers();

    expect((await rebuild()).difference).toMatchObject({ equal: true });
    expect(await customers()).toEqual(before);
  });

  it('does not come back when that happens while everything is counted anew', async () => {
    await placeThree();
    let isErased = false;
    fixture.store.onList = async () => {
      if (isErased) return;
      isErased = true;
      await erasures.erase('c-2');
      await untilForgotten('c-2');
    };

    expect((await rebuild()).difference).toMatchObject({ equal: true });
    expect(JSON.stringify(await customers())).not.toContain('c-2');
  });

  it('goes with an order that is erased itself, and stays with the others', async () => {
    await placeThree();

    await erasures.erase('o-2');

    await eventually(async () => {
      expect(await byHand("select order_id from order_metrics where customer_id = 'c-2'")).toEqual([
        { order_id: 'o-3' },
      ]);
    });
    expect(await customers()).toMatchObject([
      { customer_id: 'erased', orders: 1, revenue: 20.02 },
      { customer_id: 'c-2', orders: 1, revenue: 0.07 },
      { customer_id: 'c-1' },
    ]);
  });

  it('is taken out of dead letters, and of what rebuilds have found', async () => {
    await placeThree();
    await byHand("update customer_totals set orders = 7 where customer_id = 'c-2'");
    await rebuild();
    await placeOrderThatFails('o-2', 'c-secret');
    await erasures.erase('c-secret');
    await erasures.erase('c-2');
    await untilForgotten('c-2');

    const letters = await readDeadLetters();
    const findings = JSON.stringify(await byHand('select difference from rebuilds'));
    expect([letters.includes('"text"'), letters.includes('c-secret')]).toEqual([true, false]);
    expect([findings.includes('erased'), findings.includes('c-2')]).toEqual([true, false]);
  });

  it('goes out of the dead letters of an order that is erased itself', async () => {
    await placeThree();
    await placeOrderThatFails('o-2', 'c-secret');

    await erasures.erase('o-2');

    await eventually(async () => {
      const letters = await readDeadLetters();
      expect([letters.includes('"o-2'), letters.includes('c-secret')]).toEqual([true, false]);
    });
  });
});
