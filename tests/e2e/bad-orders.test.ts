import { send, type SendOptions } from './support/http';
import { listOrders } from './support/listed';
import { newOrder, patchOrder, placeOrder, postOrder, readOrder, type NewOrder } from './support/orders';
import { expectProblem } from './support/problem';
import { orderUrl } from './support/system';
import { watchTopic } from './support/topics';

const mebibyte = 1024 * 1024;

/** What makes a good order bad, and the fields that the answer must name. */
const badFields: readonly (readonly [field: keyof NewOrder, values: readonly unknown[]])[] = [
  [
    'customer_id',
    [undefined, null, '', ' ', 'a b', 'x'.repeat(65), 'zoë', '🙂', 'a\u0000b', 'a\nb', 12, ['a'], {}],
  ],
  ['product_id', [undefined, null, '', 'x'.repeat(65), 'ñ', true]],
  ['quantity', [undefined, null, 0, -1, 1.5, 1_000_001, 1e21, '2', true, [1]]],
  ['total_amount', [undefined, null, 0, -1, 10.555, 0.001, 100_000_000, 0.1 + 0.2, 1e21, '9.99', 'NaN', [1]]],
];

const badTexts: readonly (readonly [what: string, toText: (json: string) => string])[] = [
  ['nothing but an opening', (json) => json.slice(0, 20)],
  ['text behind the JSON', (json) => `${json} and more`],
  ['a second body', (json) => `${json}${json}`],
  ['a list', (json) => `[${json}]`],
  ['a text', (json) => JSON.stringify(json)],
  ['null', () => 'null'],
  ['single quotes', (json) => json.replaceAll('"', "'")],
  ['a number that JSON has not', (json) => json.replace('99.99', 'NaN')],
  ['an amount beyond all numbers', (json) => json.replace('99.99', '1e999')],
  ['an unknown field', (json) => json.replace('}', ',"status":"confirmed"}')],
  ['a field that is a prototype', (json) => json.replace('}', ',"__proto__":{"quantity":1}}')],
  ['a hundred thousand brackets', () => '['.repeat(100_000)],
];

const badRequests: readonly (readonly [what: string, status: number, options: SendOptions])[] = [
  ['no body', 400, {}],
  ['a body of more than 1 MiB', 413, { body: `${' '.repeat(mebibyte)}{}` }],
  ['a body that is said to be text', 415, { body: '{}', headers: { 'content-type': 'text/plain' } }],
  ['a form', 415, { body: 'quantity=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['a body compressed with brotli', 415, { body: '{}', headers: { 'content-encoding': 'br' } }],
  ['a body that is no gzip', 400, { body: '{}', headers: { 'content-encoding': 'gzip' } }],
  [
    'an Idempotency-Key that is too long',
    400,
    { body: newOrder(), headers: { 'idempotency-key': 'k'.repeat(256) } },
  ],
  ['an Idempotency-Key with a space', 400, { body: newOrder(), headers: { 'idempotency-key': 'a b' } }],
];

describe('a bad order is refused, stored nowhere and announced to nobody', () => {
  async function expectNothingPlaced(act: () => Promise<void>, customer_id: string): Promise<void> {
    const orders = await watchTopic();
    await act();
    expect(await listOrders({ customer_id })).toEqual([]);
    const customers = (await orders.events()).map(({ data }) => data);
    expect(customers).not.toContainEqual(expect.objectContaining({ customer_id }));
  }

  it.each(badFields.flatMap(([field, values]) => values.map((value) => [field, value] as const)))(
    'for its %s: %j',
    async (field, value) => {
      const good = newOrder();

      await expectNothingPlaced(async () => {
        const { errors } = expectProblem(await postOrder({ ...good, [field]: value }), 400);
        expect(new Set(errors?.map((error) => error.field))).toEqual(new Set([field]));
      }, good.customer_id);
    },
  );

  it('with every bad field named at once', async () => {
    const answer = await postOrder({ customer_id: '', quantity: 0, total_amount: -1, colour: 'red' });

    const { errors = [] } = expectProblem(answer, 400);
    expect(errors.map(({ field }) => field).sort()).toEqual([
      'colour',
      'customer_id',
      'product_id',
      'quantity',
      'total_amount',
    ]);
  });

  it.each(badTexts)('for being %s', async (_, toText) => {
    const good = newOrder();

    await expectNothingPlaced(async () => {
      expectProblem(await postOrder(toText(JSON.stringify(good))), 400);
    }, good.customer_id);
  });

  it.each(badRequests)('for being sent with %s', async (_, status, options) => {
    expectProblem(await send(`${orderUrl}/orders`, { method: 'POST', ...options }), status);
  });
});

describe('a body of exactly 1 MiB', () => {
  it('is taken', async () => {
    const json = JSON.stringify(newOrder());

    const { status } = await postOrder(json.padEnd(mebibyte, ' '));

    expect(status).toBe(201);
  });
});

describe('a bad change leaves the order as it was', () => {
  it.each([
    ['no status', {}, 'status'],
    ['a status that does not exist', { status: 'lost' }, 'status'],
    ['a status of another type', { status: 1 }, 'status'],
    ['an unknown field', { status: 'confirmed', quantity: 3 }, 'quantity'],
    ['an empty reason', { status: 'cancelled', reason: '' }, 'reason'],
    ['a reason of 501 characters', { status: 'cancelled', reason: 'x'.repeat(501) }, 'reason'],
  ])('with %s', async (_, body, field) => {
    const order = await placeOrder();

    const { errors } = expectProblem(await patchOrder(order.id, body), 400);

    expect(errors?.map((error) => error.field)).toEqual([field]);
    expect(await readOrder(order.id)).toEqual(order);
  });
});
