import { createVirtualClock } from '@fanfare/core';
import { useReceivers } from '../testing/use-receivers';
import { nack } from './handler';
import { createMemoryInbox } from './memory-inbox';

const start = useReceivers();

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const other = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('metrics and spans', () => {
  it('tell of each event what became of it and how long that took', async () => {
    const clock = createVirtualClock();
    const received = jest.fn();
    const outcomes = [
      () => clock.advance(250),
      () => nack(400, 'no'),
      () => Promise.reject(new Error('broken')),
    ];
    const { send } = await start(() => outcomes.shift()?.(), {
      clock,
      inbox: createMemoryInbox(),
      filter: [{ exact: { source: '/orders' } }],
      metrics: { received },
      onError: () => undefined,
    });

    for (const id of ['a', 'a', 'b', 'c']) await send({ id });
    await send({ source: '/elsewhere' });

    expect(received.mock.calls).toEqual([
      ['order.created', 'handled', 0.25],
      ['order.created', 'duplicate', 0],
      ['order.created', 'rejected', 0],
      ['order.created', 'failed', 0],
      ['order.created', 'filtered', 0],
    ]);
  });

  it('wrap each handler, which continues its span', async () => {
    const failure = new Error('broken');
    const ends: unknown[] = [];
    const startSpan = jest.fn(() => ({
      traceparent: other,
      end: (error?: unknown) => void ends.push(error),
    }));
    const traces: unknown[] = [];
    const { send } = await start(
      ({ id }, context) => {
        traces.push(context.traceparent);
        if (id === 'e-2') throw failure;
      },
      { tracer: { startSpan }, onError: () => undefined },
    );

    await send({ traceparent });
    await send({ id: 'e-2' });

    expect(startSpan.mock.calls).toEqual([
      ['process order.created', traceparent],
      ['process order.created', undefined],
    ]);
    expect(traces).toEqual([other, other]);
    expect(ends).toEqual([undefined, failure]);
  });
});
