import { problemBody } from '@fanfare/service-kit';
import type { TestRequest } from '@fanfare/service-kit/testing';
import { hostOrderService, sampleBody } from './host-order-service';

interface BadInput {
  readonly what: string;
  readonly path?: string;
  readonly request?: TestRequest;
  readonly status?: number;
  /** The fields that the answer must name. */
  readonly fields?: readonly string[];
}

const without = (field: keyof typeof sampleBody) =>
  Object.fromEntries(Object.entries(sampleBody).filter(([name]) => name !== field));

function badBody(what: string, body: unknown, ...fields: string[]): BadInput {
  return { what, path: '/orders', request: { method: 'POST', body }, fields };
}

function badField(field: keyof typeof sampleBody, ...values: unknown[]): BadInput[] {
  return values.map((value) => {
    const text = JSON.stringify(value);
    const what = `${field} ${text.length > 40 ? `of ${text.length - 2} characters` : text}`;
    return badBody(what, { ...sampleBody, [field]: value }, field);
  });
}

function badQuery(query: string, ...fields: string[]): BadInput {
  return { what: `GET /orders?${query}`, path: `/orders?${query}`, fields };
}

const json = JSON.stringify(sampleBody);
const unknownId = '01a1fdf7-e0f1-7000-888c-7c75dbbb7ca5';

const badInputs: readonly BadInput[] = [
  badBody('malformed JSON', '{"customer_id":'),
  badBody('text behind the JSON', `${json} and more`),
  badBody('two bodies', `${json}${json}`),
  badBody('an array', [sampleBody], 'body'),
  badBody('a text', '"order"', 'body'),
  badBody('null', 'null', 'body'),
  badBody('a number that JSON has not', json.replace('99.99', 'NaN')),
  badBody('an amount beyond all numbers', json.replace('99.99', '1e999'), 'total_amount'),
  badBody('nothing at all', '{}', 'customer_id', 'product_id', 'quantity', 'total_amount'),
  badBody('an unknown field', { ...sampleBody, status: 'confirmed' }, 'status'),
  badBody('a field named __proto__', `${json.slice(0, -1)},"__proto__":{"quantity":1}}`, '__proto__'),
  badBody(
    'a constructor with a prototype',
    `${json.slice(0, -1)},"constructor":{"prototype":{}}}`,
    'constructor',
  ),
  badBody(
    'several bad fields at once',
    { customer_id: '', product_id: 7, quantity: 0, total_amount: -1, x: 1 },
    'customer_id',
    'product_id',
    'quantity',
    'total_amount',
    'x',
  ),
  badBody('no customer_id', without('customer_id'), 'customer_id'),
  badBody('no product_id', without('product_id'), 'product_id'),
  badBody('no quantity', without('quantity'), 'quantity'),
  badBody('no total_amount', without('total_amount'), 'total_amount'),
  ...badField(
    'customer_id',
    '',
    ' ',
    'a b',
    'x'.repeat(65),
    'zoë',
    '顧客',
    '🙂',
    'a\u0000b',
    'a\nb',
    12,
    null,
    ['a'],
    {},
  ),
  ...badField('product_id', '', 'x'.repeat(65), 'ñ', true),
  ...badField('quantity', 0, -1, 1.5, 1_000_001, '2', 'NaN', null, true, [1]),
  ...badField(
    'total_amount',
    0,
    -1,
    10.555,
    0.001,
    100_000_000,
    99_999_999.991,
    1e8,
    1e21,
    0.1 + 0.2,
    '9.99',
    'NaN',
    null,
    [1],
  ),
  { what: 'no body', path: '/orders', request: { method: 'POST' } },
  {
    what: 'a body of 2 MiB',
    path: '/orders',
    status: 413,
    request: { method: 'POST', body: { ...sampleBody, customer_id: 'x'.repeat(2 * 1024 * 1024) } },
  },
  {
    what: 'another content type',
    path: '/orders',
    status: 415,
    request: { method: 'POST', body: json, headers: { 'content-type': 'text/plain' } },
  },
  {
    what: 'an empty Idempotency-Key',
    path: '/orders',
    fields: ['Idempotency-Key'],
    request: { method: 'POST', body: sampleBody, headers: { 'idempotency-key': '' } },
  },
  {
    what: 'an Idempotency-Key of 256 characters',
    path: '/orders',
    fields: ['Idempotency-Key'],
    request: { method: 'POST', body: sampleBody, headers: { 'idempotency-key': 'k'.repeat(256) } },
  },
  {
    what: 'an Idempotency-Key with a space',
    path: '/orders',
    fields: ['Idempotency-Key'],
    request: { method: 'POST', body: sampleBody, headers: { 'idempotency-key': 'a b' } },
  },
  { what: 'PUT /orders', path: '/orders', status: 405, request: { method: 'PUT', body: sampleBody } },
  { what: 'DELETE of an order', path: `/orders/${unknownId}`, status: 405, request: { method: 'DELETE' } },
  { what: 'GET of a cancellation', path: `/orders/${unknownId}/cancel`, status: 405 },
  { what: 'an unknown path', path: '/order', status: 404 },
  { what: 'a path below an order', path: `/orders/${unknownId}/items`, status: 404 },
  { what: 'an unknown order', path: `/orders/${unknownId}`, status: 404 },
  { what: 'an order id of 65 characters', path: `/orders/${'x'.repeat(65)}`, fields: ['id'] },
  { what: 'an order id that is not ASCII', path: `/orders/${encodeURIComponent('zoë')}`, fields: ['id'] },
  { what: 'an order id that is not encoded right', path: '/orders/%zz' },
  { what: 'a query where there is none', path: `/orders/${unknownId}?verbose=1`, fields: ['verbose'] },
  badQuery('limit=-1', 'limit'),
  badQuery('limit=0', 'limit'),
  badQuery('limit=101', 'limit'),
  badQuery('limit=abc', 'limit'),
  badQuery('limit=', 'limit'),
  badQuery('limit=1e1', 'limit'),
  badQuery('limit=5.0', 'limit'),
  badQuery('limit=%205', 'limit'),
  badQuery('offset=-1', 'offset'),
  badQuery('offset=x', 'offset'),
  badQuery('offset=99999999999999999999', 'offset'),
  badQuery('limit=5&limit=6', 'limit'),
  badQuery('status=pending&status=shipped', 'status'),
  badQuery('status=unknown', 'status'),
  badQuery('status=PENDING', 'status'),
  badQuery('customer_id=', 'customer_id'),
  badQuery(`customer_id=${'x'.repeat(65)}`, 'customer_id'),
  badQuery('cursor=garbage', 'cursor'),
  badQuery('cursor=', 'cursor'),
  badQuery(`cursor=${Buffer.from(unknownId).toString('base64url')}&offset=1`, 'offset'),
  badQuery('page=2', 'page'),
  badQuery('__proto__=1', '__proto__'),
  badQuery('limit=0&offset=-1&status=x&sort=id', 'limit', 'offset', 'status', 'sort'),
];

describe('bad input', () => {
  it.each(badInputs.map((input) => [input.what, input] as const))(
    'is refused and leaves nothing behind: %s',
    async (_, input) => {
      const { path = '/orders', request, status = 400, fields = [] } = input;
      await using service = await hostOrderService();

      const response = await service.request(path, request);

      expect(response.status).toBe(status);
      expect(response.headers['content-type']).toContain('application/problem+json');
      const problem = problemBody.parse(response.body);
      expect(problem).toMatchObject({ status, instance: path.split('?')[0], error: problem.detail });
      expect((problem.errors ?? []).map(({ field }) => field).sort()).toEqual([...fields].sort());
      expect(await service.list()).toEqual([]);
      expect(await service.events()).toEqual([]);
    },
  );

  const badChanges: readonly (readonly [
    what: string,
    path: string,
    body: unknown,
    fields: readonly string[],
  ])[] = [
    ['no status', '', {}, ['status']],
    ['a status that does not exist', '', { status: 'lost' }, ['status']],
    ['a status of another type', '', { status: 1 }, ['status']],
    ['an unknown field', '', { status: 'confirmed', quantity: 3 }, ['quantity']],
    ['an empty reason', '', { status: 'cancelled', reason: '' }, ['reason']],
    ['a reason that is too long', '', { status: 'cancelled', reason: 'x'.repeat(501) }, ['reason']],
    ['a cancellation with a status', '/cancel', { status: 'cancelled' }, ['status']],
    ['a cancellation with a bad reason', '/cancel', { reason: 5 }, ['reason']],
    ['a cancellation that is no object', '/cancel', 'null', ['body']],
  ];

  it.each(badChanges)('does not change an order: %s', async (_, path, body, fields) => {
    await using service = await hostOrderService();
    const placed = await service.place();

    const method = path === '' ? 'PATCH' : 'POST';
    const response = await service.request(`/orders/${placed.id}${path}`, { method, body });

    expect(response.status).toBe(400);
    expect(problemBody.parse(response.body).errors?.map(({ field }) => field)).toEqual(fields);
    expect(await service.list()).toEqual([placed]);
    expect(await service.events()).toHaveLength(1);
  });
});
