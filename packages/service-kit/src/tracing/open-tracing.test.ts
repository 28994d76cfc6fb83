import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createLogger } from '../logging/logger';
import { hostForTest, openTraceCollector, serviceWith } from '../testing';
import { sampleRoutes, validOrder } from '../testing/sample-routes';
import { openTracing } from './open-tracing';

let isLoaded = false;
jest.mock('@opentelemetry/sdk-trace-base', (): unknown => {
  isLoaded = true;
  return jest.requireActual('@opentelemetry/sdk-trace-base');
});

const service = () => serviceWith({ name: 'orders', routes: sampleRoutes });
const place = { method: 'POST', body: validOrder };

/** Takes connections and never answers. */
async function openHangingServer(): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` };
}

describe('tracing', () => {
  it('that is off loads nothing of OpenTelemetry, and hands services no tracer', async () => {
    let hasTracer = true;
    await using hosted = await hostForTest(({ tracer, messagingObserver }) => {
      hasTracer = tracer !== undefined || messagingObserver.tracer !== undefined;
      return service();
    });
    const { status } = await hosted.request('/orders', place);

    expect({ status, hasTracer, isLoaded }).toEqual({ status: 201, hasTracer: false, isLoaded: false });
  });

  it('sends what is left when the service stops', async () => {
    await using collector = await openTraceCollector();
    const tracing = { url: collector.url, sampleRatio: 1, sendEveryMs: 3_600_000 };
    await using hosted = await hostForTest(service, { tracing });
    await hosted.request('/orders', place);

    await hosted.stop();

    expect(collector.spans.map(({ name, service: of }) => `${of}: ${name}`)).toEqual([
      'orders: validate',
      'orders: POST /orders',
    ]);
  });

  it('sends what there is when the start fails', async () => {
    await using collector = await openTraceCollector();
    const tracing = { url: collector.url, sampleRatio: 1, sendEveryMs: 3_600_000 };

    const start = hostForTest(
      ({ tracer }) => {
        tracer?.startSpan('prepare').end();
        throw new Error('no table');
      },
      { tracing },
    );

    await expect(start).rejects.toThrow('no table');
    expect(collector.spans.map(({ name }) => name)).toEqual(['prepare']);
  });

  it('goes by the name that was given to the whole', async () => {
    await using collector = await openTraceCollector();
    const tracing = { url: collector.url, sampleRatio: 1, serviceName: 'shop' };
    await using hosted = await hostForTest(service, { tracing });
    await hosted.request('/orders', place);

    await hosted.stop();

    expect(new Set(collector.spans.map((span) => span.service))).toEqual(new Set(['shop']));
  });

  it('shows none of the traces that begin here with a share of 0, and yet those that a client wants shown', async () => {
    await using collector = await openTraceCollector();
    await using hosted = await hostForTest(service, { tracing: { url: collector.url, sampleRatio: 0 } });
    const [wanted, unwanted] = ['4bf92f3577b34da6a3ce929d0e0e4736', '0af7651916cd43dd8448eb211c80319c'];
    await hosted.request('/orders', place);
    await hosted.request('/orders', {
      ...place,
      headers: { traceparent: `00-${wanted}-00f067aa0ba902b7-01` },
    });
    const { headers } = await hosted.request('/orders', {
      ...place,
      headers: { traceparent: `00-${unwanted}-00f067aa0ba902b7-00` },
    });

    await hosted.stop();

    expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([wanted]));
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${unwanted}-[0-9a-f]{16}-00$`));
  });

  it('holds up neither requests nor the stop while the collector is away, and says so once', async () => {
    const { server, url } = await openHangingServer();
    await new Promise((resolve) => server.close(resolve));
    const tracing = { url, sampleRatio: 1, sendEveryMs: 1, timeoutMs: 1 };
    await using hosted = await hostForTest(service, { tracing });
    const told = () => hosted.logLines.filter(({ msg }) => msg === 'spans cannot be sent and are lost');

    for (let n = 0; n < 3; n += 1) {
      expect((await hosted.request('/orders', place)).status).toBe(201);
    }
    await eventually(() => {
      expect(told()).toMatchObject([{ service: 'host', url, level: 'warn' }]);
    });
    await hosted.request('/orders', place);
    await hosted.stop();

    expect(told()).toHaveLength(1);
  });

  it('waits two seconds at most for a collector that does not answer', async () => {
    const { server, url } = await openHangingServer();
    const clock = createVirtualClock();
    const logger = createLogger({ service: 'host', level: 'silent' });
    const tracing = await openTracing({ url, sampleRatio: 1, timeoutMs: 1_000, clock, logger });
    tracing
      .tracerOf(() => 'orders')
      .startSpan('a')
      .end();
    let isClosed = false;

    const closed = tracing.close().then(() => (isClosed = true));

    await clock.advance(1_999);
    expect(isClosed).toBe(false);
    await clock.advance(1);
    await closed;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
