import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import { readTotals } from './support/analytics';
import {
  dropLetter,
  readAllLetters,
  readLetter,
  watchLetters,
  type WholeLetter,
} from './support/dead-letters';
import { describeOnBroker, foreignCancellation, openForeignProducer } from './support/foreign-producer';
import { send } from './support/http';
import { untilNotified } from './support/notifications';
import { cancelOrder, placeOrder } from './support/orders';
import { groups } from './support/system';

/** Sends something that no group can use and waits until each has given it up. */
async function sendUnusable(body: Readonly<Record<string, unknown>>): Promise<Map<string, WholeLetter>> {
  const watches = await Promise.all(groups.map(([, url]) => watchLetters(url)));
  const producer = await openForeignProducer();
  await producer.publishJson(body);
  await producer.close();
  const letters = new Map<string, WholeLetter>();
  for (const [index, [, url]] of groups.entries()) {
    const letter = await watches[index]?.find(({ event }) => JSON.stringify(event) === JSON.stringify(body));
    if (letter) letters.set(url, letter);
  }
  return letters;
}

describeOnBroker('a dead letter', () => {
  it('is listed with its group, its reason and its time, and counted in ledger and metrics', async () => {
    const letters = await sendUnusable({ nothing: randomUUID() });

    for (const [group, url] of groups) {
      const { id = '' } = letters.get(url) ?? {};
      const listed = (await readAllLetters(url)).find((letter) => letter.id === id);
      expect(listed).toMatchObject({ group, topic: 'orders', state: 'dead', event_id: null, sequence: null });
      const { text } = await send(`${url}/metrics`);
      expect(text).toMatch(new RegExp(`^dead_letters\\{group="${group}"\\} [1-9]`, 'm'));
      const { body } = await send(`${url}/ledger`);
      expect(body).toMatchObject({ balanced: true });
      await dropLetter(url, id);
    }
  });

  it('tried again as it is, fails again and is kept', async () => {
    const letters = await sendUnusable({ nothing: randomUUID() });

    for (const [, url] of groups) {
      const { id = '' } = letters.get(url) ?? {};
      const { status, body } = await send(`${url}/dead-letters/${id}/redrive`, { method: 'POST' });

      expect([status, body]).toEqual([200, { redriven: 1 }]);
      await eventually(async () => {
        expect(await readLetter(url, id)).toMatchObject({ state: 'dead', attempts: 1 });
      });
      await dropLetter(url, id);
    }
  });

  it('tried again corrected, takes effect once and is gone', async () => {
    const order = await placeOrder();
    const event = foreignCancellation(order.id);
    const letters = await sendUnusable({ ...event, data: { ...event.data, new_status: 'burnt' } });

    for (const [, url] of groups) {
      const { id = '' } = letters.get(url) ?? {};
      const options = { method: 'POST', body: { event } };
      expect((await send(`${url}/dead-letters/${id}/redrive`, options)).body).toEqual({ redriven: 1 });
      await eventually(async () => {
        expect(await readLetter(url, id)).toBeNull();
      });
    }

    await untilNotified(order.id, ['order.created', 'order.cancelled']);
    expect(await readTotals('customers', order.customer_id)).toMatchObject({
      orders: 1,
      cancelled_orders: 1,
    });
    // so that what the order service says and what analytics counts are the same again
    await cancelOrder(order.id);
    await untilNotified(order.id, ['order.created', 'order.cancelled', 'order.cancelled']);
  });
});
