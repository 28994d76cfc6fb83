import { createAnalyticsService, readConfig as readAnalyticsConfig } from '@fanfare/analytics-service';
import { orderCreated } from '@fanfare/contracts';
import { createSystemClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createEventStore, readConfig as readEventStoreConfig } from '@fanfare/event-store';
import { createLocalHub, openMessageBus, type LocalHub } from '@fanfare/messaging';
import { createNotificationWorker, readConfig as readNotificationConfig } from '@fanfare/notification-worker';
import { createOrderService, readConfig as readOrderConfig } from '@fanfare/order-service';
import {
  hostForTest,
  openTraceCollector,
  type CollectedSpan,
  type HostedForTest,
  type TraceCollector,
} from '@fanfare/service-kit/testing';

const clock = createSystemClock();
const memory = 'sqlite::memory:';
const env = { DATABASE_URL: memory, EVENT_LOG_URL: memory, NOTIFICATION_CHANNELS: 'log' };

const clientTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const clientSpan = '00f067aa0ba902b7';
const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 2, total_amount: 20.5 };

function spanNamed(spans: readonly CollectedSpan[], name: string): CollectedSpan {
  const found = spans.find((span) => span.name === name);
  if (!found) throw new Error(`there is no span ${name}`);
  return found;
}

describe('the trace of an order', () => {
  let collector: TraceCollector;
  let shop: HostedForTest;
  let hub: LocalHub;

  beforeEach(async () => {
    collector = await openTraceCollector();
    hub = createLocalHub({ clock });
    shop = await hostForTest(
      [
        (resources) => createOrderService(readOrderConfig(env), resources),
        (resources) => createAnalyticsService(readAnalyticsConfig(env), resources),
        (resources) => createNotificationWorker(readNotificationConfig(env), resources),
        (resources) => createEventStore(readEventStoreConfig(env), resources),
      ],
      { clock, hub, tracing: { url: collector.url, sampleRatio: 1, sendEveryMs: 20 } },
    );
  });
  afterEach(async () => {
    await shop.stop();
    await collector[Symbol.asyncDispose]();
  });

  async function placeOrder(): Promise<void> {
    const headers = { traceparent: `00-${clientTrace}-${clientSpan}-01` };
    const { status } = await shop.request('/orders', { method: 'POST', body: order, headers });
    expect(status).toBe(201);
  }

  /** `service: span`, below it what follows from it, and so on. */
  function edges(spans: readonly CollectedSpan[]): readonly string[] {
    const known = new Map(spans.map((span) => [span.spanId, span]));
    const label = (span: CollectedSpan) => `${span.service}: ${span.name}`;
    const parent = ({ parentId }: CollectedSpan) => {
      const found = known.get(parentId);
      return found ? label(found) : parentId === clientSpan ? 'the client' : 'nobody';
    };
    return spans.map((span) => `${parent(span)} -> ${label(span)}`).sort();
  }

  it('shows each step below the one that caused it, from the client to every effect', async () => {
    await placeOrder();

    await eventually(() => {
      expect(edges(collector.spansOf(clientTrace))).toEqual(
        [
          'the client -> order-service: POST /orders',
          'order-service: POST /orders -> order-service: validate',
          'order-service: POST /orders -> order-service: save',
          'order-service: POST /orders -> order-service: cache',
          'order-service: POST /orders -> order-service: publish orders',
          'order-service: POST /orders -> analytics-service: process orders',
          'order-service: POST /orders -> notification-worker: process orders',
          'notification-worker: process orders -> notification-worker: send log',
          'order-service: POST /orders -> event-store: process orders',
          'order-service: POST /orders -> event-store: append',
          'notification-worker: send log -> notification-worker: publish notifications',
          'notification-worker: send log -> event-store: process notifications',
          'notification-worker: send log -> event-store: append',
        ].sort(),
      );
    });
  });

  it('has its steps in their order, and each within the one that waits for it', async () => {
    await placeOrder();

    const trace = await eventually(() => {
      const spans = collector.spansOf(clientTrace);
      expect(spans.filter(({ name }) => name === 'process orders')).toHaveLength(3);
      expect(spans.map(({ name }) => name)).toContain('POST /orders');
      return spans;
    });
    const [request, validate, save] = [
      spanNamed(trace, 'POST /orders'),
      spanNamed(trace, 'validate'),
      spanNamed(trace, 'save'),
    ];
    const [cache, publish] = [spanNamed(trace, 'cache'), spanNamed(trace, 'publish orders')];
    expect(validate.end).toBeLessThanOrEqual(save.start);
    expect(save.end).toBeLessThanOrEqual(cache.start);
    for (const within of [validate, save]) {
      expect(request.start).toBeLessThanOrEqual(within.start);
      expect(within.end).toBeLessThanOrEqual(request.end);
    }
    expect(save.start).toBeLessThan(publish.start);
    for (const processed of trace.filter(({ name }) => name === 'process orders')) {
      expect(publish.start).toBeLessThan(processed.start);
    }
  });

  it('has the id that is on the lines of the log', async () => {
    await shop.request('/orders', { method: 'POST', body: order });

    const request = await eventually(() => spanNamed(collector.spans, 'POST /orders'));
    const traceId = request.traceId;
    expect(request.parentId).toBe('');
    const ofOrder = shop.logLines.filter(({ msg }) => msg.startsWith('Order created successfully'));
    expect(ofOrder).toMatchObject([{ traceId, requestId: request.attributes['fanfare.request.id'] }]);
    await eventually(() => {
      const sent = shop.logLines.filter((line) => line['notificationId'] !== undefined);
      expect(sent.length).toBeGreaterThan(0);
      for (const line of sent) expect(line['traceId']).toBe(traceId);
    });
  });

  it('shows an event that was given up, its redrive, and what came of that', async () => {
    const event = orderCreated.create({
      id: 'e-1',
      source: '/order-service',
      subject: 'o-1',
      time: new Date(),
      correlationid: 'r-1',
      traceparent: `00-${clientTrace}-${clientSpan}-01`,
      data: {
        ...order,
        order_id: 'o-1',
        currency: 'USD',
        status: 'pending',
        created_at: '2026-01-01T00:00:00.000Z',
      },
    });
    const bad = { ...event, data: { ...event.data, quantity: 'many' } };
    const bus = await openMessageBus('memory:', { hub, clock });
    const message = { id: 'e-1', contentType: 'application/cloudevents+json', partition: 0, count: 1 };
    await bus.publish({ topic: 'orders', partitions: 1 }, [
      { ...message, body: Buffer.from(JSON.stringify(bad)) },
    ]);
    const analytics = shop.host.urls['analytics-service'] ?? '';
    const [letter] = await eventually(async () => {
      const { body } = await shop.request(`${analytics}/dead-letters`);
      expect(body).toHaveLength(1);
      return body as readonly { readonly id: string }[];
    });
    await shop.request(`${analytics}/dead-letters/${letter?.id ?? ''}/redrive`, {
      method: 'POST',
      body: { event },
    });

    await eventually(() => {
      const ofAnalytics = collector
        .spansOf(clientTrace)
        .filter(({ service }) => service === 'analytics-service');
      expect(ofAnalytics.map(({ name }) => name)).toEqual([
        'dead-letter orders',
        'redrive orders',
        'process orders',
      ]);
      for (const { parentId } of ofAnalytics) expect(parentId).toBe(clientSpan);
    });
    const dead = spanNamed(collector.spansOf(clientTrace), 'dead-letter orders');
    expect(dead.attributes).toMatchObject({
      'messaging.message.id': 'e-1',
      'fanfare.reason': expect.stringContaining('quantity') as unknown,
    });
    await bus.close();
  });
});
