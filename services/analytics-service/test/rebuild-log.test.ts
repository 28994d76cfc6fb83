import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { messageOf } from './order-producer';
import { useRebuilds } from './rebuild-fixture';
import { orderMovedEvent, orderPlacedEvent } from './samples';

const unknownOrder = `insert into order_metrics
  (order_id, customer_id, product_id, quantity, total_amount_minor, status, created_at, processed_at)
  values ('o-0', 'c-1', 'p-1', 1, 500, 'pending', 1, 1)`;

describeOnEveryDatabase('a rebuild from an event log', (_open, underTest) => {
  const fixture = useRebuilds(underTest);
  const { begin, until, rebuild, rebuildAndCount, byHand, placeThree } = fixture;

  it('drops an order of which the log, which is complete, does not tell', async () => {
    await placeThree();
    await byHand(unknownOrder);

    expect(await rebuildAndCount()).toEqual([['order_metrics', 0, 0, 1]]);
  });

  it('in which an order was erased keeps it as it was, and counts what becomes of it later', async () => {
    await placeThree();
    await fixture.store.record();
    fixture.store.erased.add('o-2').add('o-1');
    await fixture.system.producer.publish(orderMovedEvent('o-2', 'confirmed'));
    await eventually(async () => {
      const rows = await byHand("select status from order_metrics where order_id = 'o-2'");
      expect(rows).toEqual([{ status: 'confirmed' }]);
    });

    expect(await rebuild()).toMatchObject({
      processed: 5,
      skipped_erased: 4,
      skipped_other: 0,
      kept_orders: 2,
      difference: { equal: true },
    });
  });

  it('that was truncated keeps the orders of which it tells nothing any more', async () => {
    await placeThree();
    fixture.store.anchor = 2;

    expect(await rebuild()).toMatchObject({ kept_orders: 2, difference: { equal: true } });
  });

  it('that has refused events keeps the orders of which it tells nothing, and still counts them', async () => {
    await placeThree();
    await byHand(unknownOrder);
    fixture.store.deadLetters = 1;

    expect(await rebuild()).toMatchObject({ kept_orders: 1, difference: { after: { total_orders: 4 } } });
    expect(await fixture.system.get('/analytics/products')).toContainEqual(
      expect.objectContaining({ product_id: 'p-1', orders: 3 }),
    );
  });

  it('leaves out what others have put there, what contradicts the topic, and what nobody can read', async () => {
    await placeThree();
    await fixture.store.record();
    const elsewhere = { source: '/somewhere-else' };
    fixture.store.append(
      { ...orderPlacedEvent('o-9'), ...elsewhere },
      { ...orderMovedEvent('o-2', 'cancelled'), ...elsewhere },
      { ...orderPlacedEvent('o-8'), data: { order_id: 'o-8' } },
      { ...orderMovedEvent('o-2', 'confirmed'), time: 'yesterday' },
      orderPlacedEvent('o-3', { amount: 99 }),
      orderMovedEvent('o-7', 'confirmed'),
      { ...orderPlacedEvent('o-6'), type: 'com.fanfare.order.updated.v1' },
    );

    expect(await rebuild()).toMatchObject({ processed: 10, skipped_other: 6, difference: { equal: true } });
  });

  it('takes from the topic itself what the event store has not recorded yet', async () => {
    await placeThree();
    fixture.store.lastSequence = 2;

    expect(await rebuild()).toMatchObject({ position: 2, processed: 4, difference: { equal: true } });
  });

  it('waits for events that the event store tries again to record', async () => {
    await placeThree();
    fixture.store.parked = 1;

    const location = await begin();

    await until(location, { status: 'running', error: expect.stringContaining('1 events') as string });
    fixture.store.parked = 0;
    await until(location, { status: 'completed', difference: { equal: true } });
  });

  it('counts events without a sequence that come meanwhile, and waits until they are recorded', async () => {
    const { store, system } = fixture;
    await placeThree();
    store.isThere = false;
    const location = await begin();
    const foreign = { ...orderPlacedEvent('o-9'), source: '/somewhere-else' };
    await system.producer.send(messageOf([foreign]));
    await system.untilSummary({ total_orders: 4 });

    store.isThere = true;

    await until(location, { status: 'catching_up', error: expect.stringContaining(foreign.id) as string });
    store.append(foreign);
    await until(location, { status: 'completed', difference: { equal: true } });
    expect(await rebuild()).toMatchObject({ difference: { equal: true, after: { total_orders: 4 } } });
  });
});
