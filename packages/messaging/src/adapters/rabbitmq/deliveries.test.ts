import type { ConsumeMessage } from 'amqplib';
import { createDeliveries } from './deliveries';

const message = (deliveryTag: number) => ({ fields: { deliveryTag } }) as ConsumeMessage;

describe('what a queue has handed over', () => {
  it('is taken in order, no more at once than asked for, and the rest next time', async () => {
    const deliveries = createDeliveries();
    for (const tag of [1, 2, 3]) deliveries.push(message(tag));

    expect(await deliveries.take(2)).toEqual([message(1), message(2)]);
    expect(await deliveries.take(2)).toEqual([message(3)]);
  });

  it('is waited for, and null after the end', async () => {
    const deliveries = createDeliveries();
    const taken = deliveries.take(2);
    deliveries.push(message(1));

    expect(await taken).toEqual([message(1)]);
    deliveries.end();
    expect(await deliveries.take(2)).toBeNull();
  });
});
