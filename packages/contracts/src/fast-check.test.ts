import fc from 'fast-check';
import { z } from 'zod';
import { cloudEventSchema } from './envelope';
import { createFastCheck } from './fast-check';
import { orderCreated } from './order-events';

if (!(orderCreated.schema instanceof z.ZodObject)) throw new Error('the data of an order is an object');
const looseData = z.looseObject(orderCreated.schema.shape);
const data = {
  order_id: 'o-1',
  customer_id: 'c-1',
  product_id: 'p-1',
  quantity: 2,
  total_amount: 19.98,
  currency: 'USD',
  status: 'pending',
  created_at: '2026-01-01T00:00:00.000Z',
};
const event = {
  specversion: '1.0',
  id: 'e-1',
  source: '/order-service',
  type: orderCreated.type,
  time: '2026-01-01T00:00:00.000Z',
  data,
};

/** One field is something else, or gone, or there is one more. */
function spoilt(valid: object): fc.Arbitrary<unknown> {
  const names = fc.constantFrom(...Object.keys(valid), 'subject', 'traceparent', '__proto__');
  const values = fc.oneof(
    fc.constantFrom(
      '',
      'x'.repeat(300),
      'ü',
      '2026-02-30T00:00:00Z',
      '2026-01-01T00:00:00+02:00',
      'confirmed',
    ),
    fc.constantFrom(-1, 0, 0.005, 1.5, 1e9, 2 ** 60, NaN, Infinity, null, undefined, true),
    fc.jsonValue(),
  );
  return fc.tuple(names, values).map(([name, value]) => {
    const entries = Object.entries(valid).filter(([key]) => key !== name);
    return Object.fromEntries(value === undefined ? entries : [...entries, [name, value]]);
  });
}

describe('the fast check of a schema', () => {
  it.each([
    ['envelopes', cloudEventSchema, event],
    ['the data of an order', looseData, data],
  ])('knows what is right at once: %s', (_, schema, valid) => {
    expect(createFastCheck<unknown>(schema)(valid)).toBe(true);
    expect(createFastCheck<unknown>(schema)({ ...valid, added_later: [1] })).toBe(true);
  });

  it.each([
    ['envelopes', cloudEventSchema, event],
    ['the data of an order', looseData, data],
  ])('says yes only to what the schema lets through unchanged: %s', (_, schema, valid) => {
    const check = createFastCheck<unknown>(schema);
    fc.assert(
      fc.property(fc.oneof(spoilt(valid), fc.jsonValue()), (input) => {
        if (check(input)) expect(schema.parse(input)).toEqual(input);
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves a schema that it does not know to itself', () => {
    const strict = createFastCheck<unknown>(orderCreated.schema);
    const changing = createFastCheck(z.looseObject({ a: z.string().trim() }));
    const list = createFastCheck(z.array(z.string()));

    expect(strict(data)).toBe(false);
    expect(changing({ a: 'a' })).toBe(false);
    expect(list([])).toBe(false);
  });
});
