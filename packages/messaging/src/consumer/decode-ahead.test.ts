import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import type { Delivery } from '../bus/message-bus';
import { decodeDelivery, type Incoming } from '../events/event-codec';
import { messageOf } from '../testing/consumer/consumer-fixture';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { decodeAhead } from './decode-ahead';

/** Deliveries that follow each other, of so many events each. */
function deliveriesOf(sizes: readonly number[]): Delivery[] {
  let sequence = 1;
  return sizes.map((size) => {
    const events = Array.from({ length: size }, (_, index) => orderCreatedEvent(`o-${sequence + index}`));
    sequence += size;
    return messageOf(events, sequence - size);
  });
}

async function readParts(deliveries: readonly Delivery[], maxEvents: number) {
  const parts: (readonly Incoming[])[] = [];
  for await (const part of decodeAhead(deliveries, maxEvents)) parts.push(part);
  return parts;
}

describe('deliveries that are decoded ahead', () => {
  it('are all there, in order, in parts that hold no more than one transaction takes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 5, max: 12 }), async (lengths, maxEvents) => {
        const deliveries = deliveriesOf(lengths);

        const parts = await readParts(deliveries, maxEvents);

        expect(parts.flat()).toEqual(deliveries.flatMap(decodeDelivery));
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(maxEvents);
      }),
      { numRuns: 50 },
    );
  });

  it('are decoded while the part before them is being worked on, and no further', async () => {
    const decoded: number[] = [];
    const deliveries = deliveriesOf([1, 1, 1]).map((delivery, index) => ({
      ...delivery,
      get body() {
        decoded.push(index);
        return delivery.body;
      },
    }));
    const parts = decodeAhead(deliveries, 1);

    await parts.next();
    await nextTurn();

    expect(decoded).toEqual([0, 1]);
  });
});
