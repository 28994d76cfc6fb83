import fc from 'fast-check';
import type { Incoming } from '../events/event-codec';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { planBatch, reachedBy } from './plan-batch';

const event = orderCreatedEvent('order-1');
const at = (sequence: number | undefined): Incoming => ({ kind: 'event', sequence, span: 1, event });
const broken = (sequence: number, span: number): Incoming => ({
  kind: 'malformed',
  sequence,
  span,
  body: Buffer.from('?'),
  contentType: 'text/plain',
  reason: 'not JSON',
});
const sequences = (items: readonly Incoming[]) => items.map(({ sequence }) => sequence);

describe('planBatch', () => {
  it('passes over what the cursor has seen and takes what is next', () => {
    const plan = planBatch(3, [at(2), at(3), at(4), at(5)]);

    expect(sequences(plan.duplicates)).toEqual([2, 3]);
    expect(sequences(plan.fresh)).toEqual([4, 5]);
    expect(plan.gap).toBeUndefined();
  });

  it('stops at a gap and names it', () => {
    const plan = planBatch(3, [at(4), at(8), at(9)]);

    expect(sequences(plan.fresh)).toEqual([4]);
    expect(plan.gap).toEqual({ from: 5, to: 7 });
    expect(sequences(plan.rest)).toEqual([8, 9]);
  });

  it('finds a repetition within the batch', () => {
    expect(sequences(planBatch(0, [at(1), at(2), at(1), at(2), at(3)]).fresh)).toEqual([1, 2, 3]);
  });

  it('leaves events without a sequence to the inbox', () => {
    expect(sequences(planBatch(5, [at(undefined), at(6)]).fresh)).toEqual([undefined, 6]);
  });

  it('counts bytes that cannot be taken apart as all the events that they hold', () => {
    const plan = planBatch(0, [broken(1, 4), at(5)]);

    expect(plan.gap).toBeUndefined();
    expect(reachedBy(plan.fresh, 0)).toBe(5);
  });

  it('never skips and never repeats, whatever arrives', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 }),
        (applied, arrivals) => {
          let cursor = applied;
          let rest: readonly Incoming[] = arrivals.map(at);
          const taken: number[] = [];
          while (rest.length > 0) {
            const plan = planBatch(cursor, rest);
            taken.push(...plan.fresh.flatMap(({ sequence }) => sequence ?? []));
            if (plan.gap)
              for (let missing = plan.gap.from; missing <= plan.gap.to; missing += 1) taken.push(missing);
            cursor = plan.gap ? plan.gap.to : reachedBy(plan.fresh, cursor);
            rest = plan.rest;
          }
          expect(taken).toEqual(taken.map((_, index) => applied + 1 + index));
          expect(cursor).toBe(Math.max(applied, ...arrivals));
        },
      ),
    );
  });
});
