import { hostForTest, openTraceCollector, serviceWith, type HostedForTest } from '../testing';
import { sampleRoutes, validOrder } from '../testing/sample-routes';
import type { TraceCollector } from '../testing/trace-collector';
import { defineRoute } from './route';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the span of a request', () => {
  let collector: TraceCollector;
  let hosted: HostedForTest;
  beforeEach(async () => {
    collector = await openTraceCollector();
    const broken = defineRoute({
      method: 'get',
      path: '/broken',
      role: 'reader',
      summary: 'Fails',
      responses: {},
      handle: () => {
        throw new Error('broken');
      },
    });
    hosted = await hostForTest(() => serviceWith({ routes: [...sampleRoutes, broken] }), {
      tracing: { url: collector.url, sampleRatio: 1 },
    });
  });
  afterEach(async () => {
    await hosted.stop();
    await collector[Symbol.asyncDispose]();
  });

  const untilSpans = async () => {
    await hosted.stop();
    return collector.spans.filter(({ kind }) => kind === 2);
  };

  it('has the name of its route and what the conventions ask for, and follows from that of the client', async () => {
    await hosted.request('/orders/o-7', {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'x-request-id': 'r-1' },
    });

    expect(await untilSpans()).toMatchObject([
      {
        name: 'GET /orders/{id}',
        traceId,
        parentId: '00f067aa0ba902b7',
        isFailed: false,
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/orders/{id}',
          'http.response.status_code': 200,
          'url.path': '/orders/o-7',
          'url.scheme': 'http',
          'client.address': '127.0.0.1',
          'fanfare.request.id': 'r-1',
        },
      },
    ]);
  });

  it('is what the answer says follows, and what handlers hand on', async () => {
    const { headers, body } = await hosted.request('/orders/o-7', {
      headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, tracestate: 'broken=,,state' },
    });

    const [span] = await untilSpans();
    const traceparent = `00-${traceId}-${span?.spanId ?? ''}-01`;
    expect(headers).toMatchObject({ traceparent });
    expect(body).toMatchObject({ trace: { traceparent } });
  });

  it('has failed when the service is to blame, and not when the client is', async () => {
    await hosted.request('/broken');
    await hosted.request('/orders', { method: 'POST', body: { ...validOrder, quantity: 0 } });
    await hosted.request('/nowhere');

    expect(await untilSpans()).toMatchObject([
      { name: 'GET /broken', isFailed: true, attributes: { 'http.response.status_code': 500 } },
      { name: 'POST /orders', isFailed: false, attributes: { 'http.response.status_code': 400 } },
      { name: 'GET', isFailed: false, attributes: { 'http.response.status_code': 404 } },
    ]);
    const [validate] = collector.spans.filter(({ name }) => name === 'validate').slice(1);
    expect(validate).toMatchObject({ isFailed: true });
  });

  it.each(['/health', '/health/live', '/health/ready', '/metrics', '/openapi.json'])(
    'is not made for %s',
    async (path) => {
      await hosted.request(path);
      await hosted.stop();

      expect(collector.spans).toEqual([]);
    },
  );
});
