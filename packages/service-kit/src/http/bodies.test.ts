import { gzipSync } from 'node:zlib';
import { expectProblem, hostForTest, serviceWith, type HostedForTest, type TestRequest } from '../testing';
import { sampleRoutes, validOrder } from '../testing/sample-routes';
import { problemBody } from './problem';

describe('a request with a body', () => {
  let service: HostedForTest;

  beforeEach(async () => {
    service = await hostForTest(() => serviceWith({ routes: sampleRoutes }));
  });
  afterEach(() => service.stop());

  const post = (body: unknown, headers: TestRequest['headers'] = {}) =>
    service.request('/orders', { method: 'POST', body, headers });

  it('is answered with JSON, its length, its id and security headers', async () => {
    const response = await post(validOrder, { 'x-request-id': 'r-1' });

    expect(response).toMatchObject({
      status: 201,
      body: validOrder,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(JSON.stringify(validOrder).length),
        location: '/orders/o-1',
        'x-request-id': 'r-1',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  it('is refused with every bad field, unknown ones by their names', async () => {
    const body = { quantity: '2', address: { lines: ['a', 1], zip: 1 }, custmer_id: 'c-1', 'x"y': 1 };

    const problem = expectProblem(await post(body), 400);

    expect(problem.instance).toBe('/orders');
    expect(problem.errors?.toSorted((left, right) => (left.field < right.field ? -1 : 1))).toEqual([
      { field: 'address.lines[1]', message: 'Invalid input: expected string, received number' },
      { field: 'address.zip', message: 'is not a known field' },
      { field: 'custmer_id', message: 'is not a known field' },
      { field: 'customer_id', message: 'is required' },
      { field: 'quantity', message: 'Invalid input: expected number, received string' },
      { field: 'x"y', message: 'is not a known field' },
    ]);
  });

  it.each([
    ['{"customer_id": "c-1",}', 'position 22'],
    ['{"customer_id": "c-1"', 'position 21'],
    ['nonsense', 'nonsense'],
    ['[1, 2', 'position 5'],
  ])('with the malformed body %s is told where it is wrong', async (body, place) => {
    const problem = expectProblem(await post(body), 400);

    expect(problem.detail).toMatch(/^the body is not valid JSON/);
    expect(problem.detail).toContain(place);
  });

  it.each(['null', '[]', '"text"', '1', 'true'])(
    'with %s where an object belongs is refused',
    async (body) => {
      const problem = expectProblem(await post(body), 400);

      expect(problem.errors).toMatchObject([{ field: 'body' }]);
    },
  );

  it.each(['[', '{"a":'])('that nests %s too deeply is refused', async (open) => {
    const close = open === '[' ? ']' : '}';
    const depth = 150_000;
    const body = `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`;

    expect(expectProblem(await post(body), 400).detail).toBe(
      'the body is nested more deeply than 500 levels',
    );
  });

  it('without the body that it needs is refused', async () => {
    const problem = expectProblem(await service.request('/orders', { method: 'POST' }), 400);

    expect(problem.detail).toBe('the request needs a JSON body');
  });

  it('may leave out an optional body, and is checked when it does not', async () => {
    const cancel = (body?: unknown) => service.request('/orders/o-1/cancel', { method: 'POST', body });

    expect(await cancel()).toMatchObject({ status: 204, body: '' });
    expect(await cancel({ reason: 'late' })).toMatchObject({ status: 200, body: { reason: 'late' } });
    expectProblem(await cancel({ why: 'late' }), 400);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
  ])('of type %s is refused', async (type) => {
    expectProblem(await post(JSON.stringify(validOrder), { 'content-type': type }), 415);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
    'of type %s is taken',
    async (type) => {
      expect(await post(JSON.stringify(validOrder), { 'content-type': type })).toMatchObject({ status: 201 });
    },
  );

  it('in gzip is read, in another content encoding refused', async () => {
    const sendGzip = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
      fetch(`${service.url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
        body,
      });
    const body = new Uint8Array(gzipSync(JSON.stringify(validOrder)));

    expect(await (await sendGzip(body, 'gzip')).json()).toEqual(validOrder);
    expect((await sendGzip(body, 'br')).status).toBe(415);
  });

  it('that is not UTF-8 is refused', async () => {
    const response = await fetch(`${service.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x22, 0xc3, 0x28, 0x22]),
    });

    expect(response.status).toBe(400);
    expect(problemBody.parse(await response.json()).detail).toBe('the body is not valid UTF-8');
  });

  it.each([
    ['{"__proto__": {"admin": true}, "customer_id": "c-1", "quantity": 1}', '__proto__'],
    ['{"\\u005f_proto__": 1, "customer_id": "c-1", "quantity": 1}', '__proto__'],
    ['{"customer_id": "c-1", "quantity": 1, "address": {"lines": [], "__proto__": {}}}', '__proto__'],
    ['{"customer_id": "c-1", "quantity": 1, "constructor": {"prototype": {"admin": true}}}', 'constructor'],
  ])('that reaches for a prototype is refused: %s', async (body, field) => {
    const problem = expectProblem(await post(body), 400);

    expect(problem.errors).toEqual([{ field, message: 'is not a known field' }]);
    expect('admin' in {}).toBe(false);
  });
});
