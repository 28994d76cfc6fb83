import { randomUUID } from 'node:crypto';
import { eventually } from '@fanfare/core/testing';
import { readTotals } from './support/analytics';
import { dropLetter, readAllLetters, readLetter } from './support/dead-letters';
import { untilOrdersFlow } from './support/flow';
import {
  describeOnBroker,
  foreignCancellation,
  openForeignProducer,
  type ForeignProducer,
} from './support/foreign-producer';
import { send } from './support/http';
import { untilNotified } from './support/notifications';
import { cancelOrder } from './support/orders';
import { parsePrometheusText, sumOf } from './support/prometheus-text';
import { sendUnusable } from './support/unusable-messages';

describeOnBroker('a dead letter', () => {
  let producer: ForeignProducer;

  beforeAll(async () => {
    producer = await openForeignProducer();
  });
  afterAll(() => producer.close());

  it('is listed without what it holds, and shown in the metrics of its group', async () => {
    for (const { group, url, letter } of await sendUnusable(producer, `no JSON ${randomUUID()}`)) {
      const { content_type, body_base64, ...listed } = letter;
      expect([content_type, typeof body_base64]).toEqual(['application/octet-stream', 'string']);
      expect(await readAllLetters(url)).toContainEqual(listed);
      const { text } = await send(`${url}/metrics`);
      expect(sumOf(parsePrometheusText(text), 'dead_letters', { group })).toBeGreaterThan(0);
      await dropLetter(url, letter.id);
    }
  });

  it('fails again when it is tried again as it is, and is kept', async () => {
    for (const { url, letter } of await sendUnusable(producer, `no JSON ${randomUUID()}`)) {
      const answer = await send(`${url}/dead-letters/${letter.id}/redrive`, { method: 'POST' });

      expect([answer.status, answer.body]).toEqual([200, { redriven: 1 }]);
      await eventually(async () => {
        expect(await readLetter(url, letter.id)).toMatchObject({ state: 'dead', attempts: 1 });
      });
      await dropLetter(url, letter.id);
    }
  });

  it('takes effect when it is tried again corrected, and is gone', async () => {
    const order = await untilOrdersFlow();
    const event = foreignCancellation(order.id);
    const faulty = JSON.stringify({ ...event, data: { ...event.data, new_status: 'burnt' } });

    for (const { url, letter } of await sendUnusable(producer, faulty)) {
      const redrive = { method: 'POST', body: { event } };
      expect((await send(`${url}/dead-letters/${letter.id}/redrive`, redrive)).body).toEqual({ redriven: 1 });
      await eventually(async () => {
        expect(await readLetter(url, letter.id)).toBeNull();
      });
    }

    await untilNotified(order.id, ['order.created', 'order.cancelled']);
    const totals = await readTotals('customers', order.customer_id);
    expect(totals).toMatchObject({ orders: 1, cancelled_orders: 1 });
    // so that the order service says what analytics counts
    await cancelOrder(order.id);
    await untilNotified(order.id, ['order.created', 'order.cancelled', 'order.cancelled']);
  });
});
