import { AppError } from '@fanfare/core';
import { z } from 'zod';
import { hostForTest, serviceWith, type HostedForTest, type TestRequest } from '../testing';
import { HttpProblem, problemBody } from './problem';
import { defineRoute, reply } from './route';

const identifier = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters');
const newOrder = z.object({
  customer_id: identifier,
  quantity: z.int().min(1),
  address: z.strictObject({ lines: z.array(z.string()) }).optional(),
});
const valid = { customer_id: 'c-1', quantity: 2 };

const routes = [
  defineRoute({
    method: 'post',
    path: '/orders',
    role: 'writer',
    summary: 'Place an order',
    body: newOrder,
    responses: { 201: newOrder },
    handle: ({ body }) => reply(201, body, { location: '/orders/o-1' }),
  }),
  defineRoute({
    method: 'get',
    path: '/orders',
    role: 'reader',
    summary: 'List orders',
    query: z.object({ limit: z.string().default('10'), status: z.enum(['pending', 'shipped']).optional() }),
    responses: { 200: z.unknown() },
    handle: ({ query }) => reply(200, query),
  }),
  defineRoute({
    method: 'get',
    path: '/orders/{id}',
    role: 'reader',
    summary: 'Read an order',
    params: z.object({ id: identifier }),
    responses: { 200: z.unknown() },
    handle: ({ params, requestId, trace }) => ({
      status: 200,
      text: JSON.stringify({ ...params, requestId, trace }),
    }),
  }),
  defineRoute({
    method: 'post',
    path: '/orders/{id}/cancel',
    role: 'writer',
    summary: 'Cancel an order',
    body: z.strictObject({ reason: z.string() }).optional(),
    responses: { 204: { description: 'Cancelled' } },
    handle: ({ body }) => reply(body ? 200 : 204, body),
  }),
  defineRoute({
    method: 'get',
    path: '/fail/{how}',
    role: 'reader',
    summary: 'Fail',
    responses: {},
    handle: ({ params }) => {
      const { how = '' } = params as { readonly how?: string };
      throw failures[how];
    },
  }),
];

const failures: Readonly<Record<string, unknown>> = {
  not_found: new AppError('not_found', 'there is no such order'),
  already_exists: new AppError('already_exists', 'there is one'),
  invalid: new AppError('invalid', 'it cannot be'),
  conflict: new AppError('conflict', 'it was changed'),
  unavailable: new AppError('unavailable', 'the database is away'),
  internal: new AppError('internal', 'password=hunter2'),
  bug: new TypeError('hunter2 of undefined'),
  nothing: undefined,
  precondition: new HttpProblem(412, 'it was changed', {
    headers: { etag: '"2"' },
    members: { current_version: 2 },
  }),
};

describe('a request', () => {
  let service: HostedForTest;

  beforeEach(async () => {
    service = await hostForTest(() => serviceWith({ routes }));
  });
  afterEach(() => service.stop());

  const post = (body: unknown, headers: TestRequest['headers'] = {}) =>
    service.request('/orders', { method: 'POST', body, headers });

  async function expectProblem(response: Awaited<ReturnType<typeof post>>, status: number) {
    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    const problem = problemBody.parse(response.body);
    expect(problem).toMatchObject({
      status,
      error: problem.detail,
      request_id: response.headers['x-request-id'],
    });
    return problem;
  }

  it('is answered with JSON, its length, its id and security headers', async () => {
    const response = await post(valid, { 'x-request-id': 'r-1' });

    expect(response).toMatchObject({
      status: 201,
      body: valid,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(JSON.stringify(valid).length),
        location: '/orders/o-1',
        'x-request-id': 'r-1',
        'x-content-type-options': 'nosniff',
      },
    });
  });

  it('is refused with every bad field, unknown ones by their names', async () => {
    const body = { quantity: '2', address: { lines: ['a', 1], zip: 1 }, custmer_id: 'c-1', 'x"y': 1 };

    const problem = await expectProblem(await post(body), 400);

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
    const problem = await expectProblem(await post(body), 400);

    expect(problem.detail).toMatch(/^the body is not valid JSON/);
    expect(problem.detail).toContain(place);
  });

  it.each(['null', '[]', '"text"', '1', 'true'])(
    'with %s where an object belongs is refused',
    async (body) => {
      const problem = await expectProblem(await post(body), 400);

      expect(problem.errors).toMatchObject([{ field: 'body' }]);
    },
  );

  it.each(['[', '{"a":'])('that nests %s too deeply is refused', async (open) => {
    const close = open === '[' ? ']' : '}';
    const depth = 150_000;
    const body = `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.repeat(depth)}`;

    await expectProblem(await post(body), 400);
  });

  it('without the body that it needs is refused', async () => {
    const problem = await expectProblem(await service.request('/orders', { method: 'POST' }), 400);

    expect(problem.detail).toBe('the request needs a JSON body');
  });

  it('may leave out an optional body, and is checked when it does not', async () => {
    const cancel = (body?: unknown) => service.request('/orders/o-1/cancel', { method: 'POST', body });

    expect(await cancel()).toMatchObject({ status: 204, body: '' });
    expect(await cancel({ reason: 'late' })).toMatchObject({ status: 200, body: { reason: 'late' } });
    await expectProblem(await cancel({ why: 'late' }), 400);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
  ])('of type %s is refused', async (type) => {
    await expectProblem(await post(JSON.stringify(valid), { 'content-type': type }), 415);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
    'of type %s is taken',
    async (type) => {
      expect(await post(JSON.stringify(valid), { 'content-type': type })).toMatchObject({ status: 201 });
    },
  );

  it('in a content encoding is refused', async () => {
    await expectProblem(await post(valid, { 'content-encoding': 'gzip' }), 415);
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

  it('with the wrong method is told the right ones', async () => {
    const response = await service.request('/orders', { method: 'DELETE' });

    await expectProblem(response, 405);
    expect(response.headers['allow']).toBe('GET, HEAD, POST');
  });

  it('for an unknown path is not found, and does not name the path in the metrics', async () => {
    await expectProblem(await service.request('/nowhere/at-all'), 404);

    const { body } = await service.request('/metrics');
    expect(body).toContain('http_requests_total{method="GET",route="unmatched",status="404"} 1');
    expect(body).not.toContain('nowhere');
  });

  it.each(['/orders/%zz', '/orders/%c3%28'])(
    'for the URL %s, which is not encoded correctly, is refused',
    async (url) => {
      await expectProblem(await service.request(url), 400);
    },
  );

  it.each([
    ['limit=1&limit=2', 'limit', 'is given more than once'],
    ['color=red', 'color', 'is not a known field'],
    ['__proto__=1', '__proto__', 'is not a known field'],
    ['status=lost', 'status', 'Invalid option: expected one of "pending"|"shipped"'],
  ])('with the query %s is refused', async (query, field, message) => {
    const problem = await expectProblem(await service.request(`/orders?${query}`), 400);

    expect(problem).toMatchObject({ instance: '/orders', errors: [{ field, message }] });
  });

  it('with a query where there can be none is refused', async () => {
    const problem = await expectProblem(await service.request('/orders/o-1?verbose=1'), 400);

    expect(problem.errors).toEqual([{ field: 'verbose', message: 'is not a known field' }]);
  });

  it('has its query decoded and defaults filled in', async () => {
    expect((await service.request('/orders?status=%70ending')).body).toEqual({
      limit: '10',
      status: 'pending',
    });
    expect((await service.request('/orders')).body).toEqual({ limit: '10' });
  });

  it.each([
    ['{"__proto__": {"admin": true}, "customer_id": "c-1", "quantity": 1}', '__proto__'],
    ['{"\\u005f_proto__": 1, "customer_id": "c-1", "quantity": 1}', '__proto__'],
    ['{"customer_id": "c-1", "quantity": 1, "address": {"lines": [], "__proto__": {}}}', '__proto__'],
    ['{"customer_id": "c-1", "quantity": 1, "constructor": {"prototype": {"admin": true}}}', 'constructor'],
  ])('that reaches for a prototype is refused: %s', async (body, field) => {
    const problem = await expectProblem(await post(body), 400);

    expect(problem.errors).toEqual([{ field, message: 'is not a known field' }]);
    expect('admin' in {}).toBe(false);
  });

  it('has its path parameters decoded once', async () => {
    expect((await service.request('/orders/a%2Fb')).body).toMatchObject({ id: 'a/b' });
    expect((await service.request('/orders/a%252Fb')).body).toMatchObject({ id: 'a%2Fb' });
    await expectProblem(await service.request('/orders/a%20b'), 400);
  });

  it('for HEAD is answered like GET, without a body', async () => {
    const response = await service.request('/orders?limit=5', { method: 'HEAD' });

    expect(response).toMatchObject({ status: 200, body: '', headers: { 'content-length': '13' } });
  });

  it.each(['has spaces in it', 'x'.repeat(200)])('with the request id %s gets another', async (id) => {
    const { headers } = await service.request('/orders', { headers: { 'x-request-id': id } });

    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('goes on in the trace that it came with', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

    const { body, headers } = await service.request('/orders/o-1', {
      headers: { traceparent, 'x-request-id': 'r-1' },
    });

    expect(headers['traceparent']).toMatch(
      /^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)\w{16}-01$/,
    );
    expect(body).toMatchObject({
      requestId: 'r-1',
      trace: { correlationid: 'r-1', traceparent: headers['traceparent'] },
    });
  });

  it.each([
    ['not_found', 404],
    ['already_exists', 409],
    ['invalid', 400],
    ['conflict', 409],
    ['unavailable', 503],
  ])('that fails with %s is answered with its message and code', async (code, status) => {
    const problem = await expectProblem(await service.request(`/fail/${code}`), status);

    expect(problem).toMatchObject({ code, detail: (failures[code] as AppError).message });
  });

  it('that cannot be served now is told when to come again', async () => {
    expect((await service.request('/fail/unavailable')).headers['retry-after']).toBe('1');
  });

  it.each(['internal', 'bug', 'nothing'])('that fails with %s learns nothing of the inside', async (how) => {
    const problem = await expectProblem(await service.request(`/fail/${how}`), 500);

    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(service.logLines.at(-1)).toMatchObject({ level: 'error', requestId: problem.request_id });
  });

  it('that breaks a rule of HTTP gets the status, headers and members of the refusal', async () => {
    const response = await service.request('/fail/precondition');

    expect(await expectProblem(response, 412)).toMatchObject({
      current_version: 2,
      title: 'Precondition Failed',
    });
    expect(response.headers['etag']).toBe('"2"');
  });

  it('leaves its expected failures in the log without a stack, under its id and trace', async () => {
    const { headers } = await service.request('/fail/unavailable');

    const line = service.logLines.at(-1);
    expect(line).toMatchObject({
      level: 'warn',
      requestId: headers['x-request-id'],
      service: 'sample-service',
    });
    expect(JSON.stringify(line)).not.toContain('stack');
  });
});
