import { eventually } from '@fanfare/core/testing';
import { openTraceCollector, type TraceCollector } from '@fanfare/service-kit/testing';
import { openDelivering, type Delivering } from './support/delivering';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

describe('the trace of an event that the event store takes', () => {
  let collector: TraceCollector;
  let t: Delivering;
  beforeEach(async () => {
    collector = await openTraceCollector();
    t = await openDelivering({}, { tracing: { url: collector.url, sampleRatio: 1, sendEveryMs: 20 } });
  });
  afterEach(async () => {
    await t[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  const post = () => t.store.post('/events', { id: 'e-1', type: 'user.created', data: {} }, { traceparent });
  const steps = () => collector.spansOf(traceId).map(({ name, isFailed }) => ({ name, isFailed }));

  it('shows that it was appended, and its delivery, from which the trace of the receiver goes on', async () => {
    await t.observe();
    await post();

    const spans = await eventually(() => {
      expect(steps().map(({ name }) => name)).toEqual([
        'POST /api/v1/events',
        'validate',
        'append',
        'deliver',
      ]);
      return collector.spansOf(traceId);
    });
    const [request, , append, deliver] = spans;
    expect([append?.parentId, deliver?.parentId]).toEqual([request?.spanId, request?.spanId]);
    expect(t.receiver.requests[0]?.headers).toMatchObject({
      traceparent: `00-${traceId}-${deliver?.spanId ?? ''}-01`,
      'ce-traceparent': `00-${traceId}-${request?.spanId ?? ''}-01`,
    });
  });

  it('shows each attempt that failed, and that it was given up', async () => {
    t.receiver.answer(() => 500);
    await t.observe({ retry: { max_attempts: 2, delay_ms: 1 } });
    await post();

    await eventually(() => {
      expect(steps().slice(3)).toEqual([
        { name: 'deliver', isFailed: true },
        { name: 'deliver', isFailed: true },
        { name: 'dead-letter', isFailed: false },
      ]);
    });
  });
});
