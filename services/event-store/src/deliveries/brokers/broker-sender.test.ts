import type { CloudEvent } from '@fanfare/cloudevents';
import { AppError, createVirtualClock } from '@fanfare/core';
import { compileObserver } from '../../observers/compile-observer';
import { sampleObserver } from '../../observers/testing/sample-observer';
import { createBrokerSender } from './broker-sender';
import type { Destination } from './destination';

const loggedEvent = (position: number) => ({
  position,
  stream: null,
  version: null,
  isErased: false,
  recordedAt: new Date(0),
  event: {
    specversion: '1.0' as const,
    id: `e-${position}`,
    type: 'custom',
    source: '/t',
    subject: 's',
    data: { amount: position },
  },
});

function open(put: Destination['put'], parts: Parameters<typeof sampleObserver>[0] = {}) {
  const clock = createVirtualClock();
  const observer = sampleObserver({ endpoint: 'kafka://billing/orders', timeoutMs: 1_000, ...parts });
  const close = jest.fn(() => Promise.resolve());
  const sender = createBrokerSender({ ...compileObserver(observer), observer }, { put, close }, clock);
  return { clock, sender, close };
}

const attempts = [1, 2].map((position) => ({ logged: loggedEvent(position), attempt: 3, isReplay: true }));
const { signal } = new AbortController();

describe('a sender to a place at a broker', () => {
  it('hands over each event as its observer gets it, and tells what became of each', async () => {
    const put: CloudEvent[] = [];
    const { sender, close } = open(
      async (events) => {
        put.push(...events);
        return [null, new AppError('unavailable', 'the broker failed', { cause: new Error('too large') })];
      },
      { transform: '{ "doubled": data.amount * 2 }' },
    );

    const outcomes = await sender.send(attempts, signal);
    await sender.close();

    expect(put).toMatchObject([
      { id: 'e-1', subject: 's', position: '1', attempt: 3, replay: true, data: { doubled: 2 } },
      { id: 'e-2', subject: 's', position: '2', attempt: 3, replay: true, data: { doubled: 4 } },
    ]);
    expect(outcomes).toMatchObject([
      { result: 'delivered', statusCode: null },
      { result: 'failed', error: 'the broker failed: too large', fault: 'receiver' },
    ]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('puts nothing there for an event of which its transform makes none', async () => {
    const put = jest.fn(() => Promise.resolve([]));
    const { sender } = open(put, { transform: '$error("no")' });

    expect(await sender.send(attempts, signal)).toMatchObject([{ fault: 'event' }, { fault: 'event' }]);
    expect(put).not.toHaveBeenCalled();
  });

  it('waits for the broker no longer than for any other receiver', async () => {
    const { clock, sender } = open(() => new Promise(() => undefined));

    const sending = sender.send(attempts, signal);
    await clock.advance(1_000);

    expect(await sending).toMatchObject([
      { result: 'failed', error: 'no answer within 1000 ms', fault: 'receiver' },
      { result: 'failed' },
    ]);
    expect(clock.pending).toBe(0);
  });

  it('counts what was broken off as not tried', async () => {
    const cutting = new AbortController();
    const { clock, sender } = open(() => new Promise(() => undefined));

    const sending = sender.send(attempts, cutting.signal);
    await clock.advance(0);
    cutting.abort();

    expect(await sending).toMatchObject([{ fault: 'aborted' }, { fault: 'aborted' }]);
    expect(clock.pending).toBe(0);
  });
});
