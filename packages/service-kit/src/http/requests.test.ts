import { expectProblem, hostForTest, serviceWith, type HostedForTest } from '../testing';
import { sampleRoutes } from '../testing/sample-routes';

describe('a request', () => {
  let service: HostedForTest;

  beforeEach(async () => {
    service = await hostForTest(() => serviceWith({ routes: sampleRoutes }));
  });
  afterEach(() => service.stop());

  it('with the wrong method is told the right ones', async () => {
    const response = await service.request('/orders', { method: 'DELETE' });

    expectProblem(response, 405);
    expect(response.headers['allow']).toBe('GET, HEAD, POST');
  });

  it('for an unknown path is not found, and does not name the path in the metrics', async () => {
    expectProblem(await service.request('/nowhere/at-all'), 404);

    const { body } = await service.request('/metrics');
    expect(body).toContain('http_requests_total{method="GET",route="unmatched",status="404"} 1');
    expect(body).not.toContain('nowhere');
  });

  it.each(['/orders/%zz', '/orders/%c3%28'])(
    'for the URL %s, which is not encoded correctly, is refused',
    async (url) => {
      expectProblem(await service.request(url), 400);
    },
  );

  it.each([
    ['limit=1&limit=2', 'limit', 'is given more than once'],
    ['color=red', 'color', 'is not a known field'],
    ['__proto__=1', '__proto__', 'is not a known field'],
    ['status=lost', 'status', 'Invalid option: expected one of "pending"|"shipped"'],
  ])('with the query %s is refused', async (query, field, message) => {
    const problem = expectProblem(await service.request(`/orders?${query}`), 400);

    expect(problem).toMatchObject({ instance: '/orders', errors: [{ field, message }] });
  });

  it('with a query where there can be none is refused', async () => {
    const problem = expectProblem(await service.request('/orders/o-1?verbose=1'), 400);

    expect(problem.errors).toEqual([{ field: 'verbose', message: 'is not a known field' }]);
  });

  it('has its query decoded and defaults filled in', async () => {
    expect((await service.request('/orders?status=%70ending')).body).toEqual({
      limit: '10',
      status: 'pending',
    });
    expect((await service.request('/orders')).body).toEqual({ limit: '10' });
  });

  it('has its path parameters decoded once', async () => {
    expect((await service.request('/orders/a%2Fb')).body).toMatchObject({ id: 'a/b' });
    expect((await service.request('/orders/a%252Fb')).body).toMatchObject({ id: 'a%2Fb' });
    expectProblem(await service.request('/orders/a%20b'), 400);
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
});
