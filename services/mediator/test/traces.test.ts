import { eventually } from '@fanfare/core/testing';
import { openTraceCollector } from '@fanfare/service-kit/testing';
import { hostMediator } from './host-mediator';
import { openEndpoint } from './open-endpoint';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

describe('the trace of a workflow', () => {
  it('goes on with each step that is given out, and from there at the colleague that is called', async () => {
    await using collector = await openTraceCollector();
    await using endpoint = await openEndpoint();
    const tracing = { url: collector.url, sampleRatio: 1, sendEveryMs: 20 };
    await using service = await hostMediator({}, { tracing });
    endpoint.answer(() => ({ status: 200, body: { paid: true } }));
    const colleague = { id: 'b', name: 'b', endpoint: endpoint.url, handles: ['pay'] };
    await service.begin({ name: 'm', kind: 'workflow' }, colleague);

    await service.post(
      '/mediators/m/workflows',
      { id: 'r', name: 'r', steps: [{ id: 'pay', type: 'pay' }] },
      { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    );

    await eventually(() => {
      const spans = collector.spansOf(traceId);
      const labelOf = new Map(spans.map(({ spanId, name }) => [spanId, name]));
      const edges = spans.map(({ name, parentId }) => `${labelOf.get(parentId) ?? 'the client'} -> ${name}`);
      expect(edges).toEqual(
        expect.arrayContaining([
          'the client -> POST /api/v1/mediators/{name}/workflows',
          'POST /api/v1/mediators/{name}/workflows -> dispatch workflow',
          'dispatch workflow -> deliver',
        ]),
      );
      const deliver = spans.find(({ name }) => name === 'deliver');
      expect(endpoint.posted[0]?.headers['traceparent']).toBe(`00-${traceId}-${deliver?.spanId ?? ''}-01`);
    });
  });
});
