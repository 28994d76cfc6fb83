import { createVirtualClock } from '@fanfare/core';
import type { Offsets } from 'kafkajs';
import type { DeliveryHandler } from '../../bus/message-bus';
import { createGate, receive, sampleIds, sampleMessages } from '../../testing/received';
import { handleBatch } from './handle-batch';
import { toDelivery, toRecord } from './wire';

/** The records of messages 1 to `last`, as kafkajs hands them over; the first lies at offset 41. */
function fetchedRecords(last: number) {
  return sampleMessages(1, last).map((message, index) => ({
    key: null,
    value: message.body,
    timestamp: '0',
    attributes: 0,
    offset: String(41 + index),
    headers: { id: Buffer.from(toRecord(message).headers?.['id'] as string) },
  }));
}

function setUp({ messages, prefetch = 10 }: { readonly messages: number; readonly prefetch?: number }) {
  const clock = createVirtualClock();
  const subscription = new AbortController();
  const heartbeat = jest.fn(() => Promise.resolve());
  const committed: string[] = [];
  const resolved: string[] = [];
  const delaysMs: number[] = [];
  const fetched = {
    batch: { topic: 'orders', partition: 0, messages: fetchedRecords(messages) },
    heartbeat,
    resolveOffset: (offset: string) => void resolved.push(offset),
    commitOffsetsIfNecessary: async (offsets?: Offsets) => {
      committed.push(...(offsets?.topics[0]?.partitions ?? []).map(({ offset }) => offset));
    },
  };
  return {
    clock,
    subscription,
    heartbeat,
    committed,
    resolved,
    delaysMs,
    run: (handle: DeliveryHandler) =>
      handleBatch(fetched, {
        clock,
        prefetch,
        read: toDelivery,
        handle,
        signal: subscription.signal,
        onFailure: (_, delayMs) => void delaysMs.push(delayMs),
        onProgress: () => undefined,
      }),
  };
}

/** A handler that lasts until it is asked to give up, and then does. */
const waitForAbort: DeliveryHandler = (_, signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('gave up'));
    });
  });

describe('a batch that Kafka handed over', () => {
  it('goes to the handler in pieces, each committed once it is handled', async () => {
    const { run, committed, resolved } = setUp({ messages: 5, prefetch: 2 });
    const analytics = receive();

    await run(analytics.handle);

    expect(analytics.ids()).toEqual(sampleIds(1, 5));
    expect(analytics.batchSizes).toEqual([2, 2, 1]);
    expect(committed).toEqual(['43', '45', '46']);
    expect(resolved).toEqual(['42', '44', '45']);
  });

  it('comes again after growing delays while the handler rejects, and nothing later comes before', async () => {
    const { run, clock, committed, delaysMs } = setUp({ messages: 2, prefetch: 1 });
    let failures = 12;
    const analytics = receive(async () => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
    });

    const running = run(analytics.handle);
    await clock.advance(60_000);
    await running;

    expect(analytics.ids()).toEqual([...Array.from({ length: 13 }, () => 'm-1'), 'm-2']);
    expect(committed).toEqual(['42', '43']);
    expect(delaysMs[0]).toBeLessThanOrEqual(100);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(5_000);
    expect(clock.pending).toBe(0);
  });

  it('keeps its member alive while a handler takes its time', async () => {
    const { run, clock, heartbeat } = setUp({ messages: 1 });
    const gate = createGate();

    const running = run(() => gate.passed);
    await clock.advance(60_000);

    expect(heartbeat.mock.calls.length).toBeGreaterThan(60);
    gate.open();
    await running;
    expect(clock.pending).toBe(0);
  });

  it('is committed as far as it was handled when the group asks for its partitions, and only then left', async () => {
    const { run, clock, heartbeat, committed } = setUp({ messages: 4, prefetch: 2 });
    const gate = createGate();
    const analytics = receive(() => gate.passed);
    heartbeat.mockRejectedValueOnce(new Error('rebalance'));
    let isLeft = false;

    const running = run(analytics.handle).finally(() => (isLeft = true));
    running.catch(() => undefined);
    await clock.advance(5_000);

    expect(isLeft).toBe(false);
    expect(heartbeat.mock.calls.length).toBeGreaterThan(5);
    gate.open();
    await expect(running).rejects.toThrow('rebalance');
    expect(committed).toEqual(['43']);
    expect(analytics.ids()).toEqual(sampleIds(1, 2));
  });

  it('lets a handler that waits give up when the group asks for its partitions', async () => {
    const { run, clock, heartbeat, committed } = setUp({ messages: 1 });
    heartbeat.mockRejectedValueOnce(new Error('rebalance'));

    const running = run(waitForAbort);
    running.catch(() => undefined);
    await clock.advance(1_000);

    await expect(running).rejects.toThrow('rebalance');
    expect(committed).toEqual([]);
  });

  it('is handed back, without an error, by a handler that gives up when the subscription closes', async () => {
    const { run, clock, subscription, committed } = setUp({ messages: 1 });

    const running = run(waitForAbort);
    subscription.abort();

    await expect(running).resolves.toBeUndefined();
    expect(committed).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is not handed to anyone when the subscription is closed already', async () => {
    const { run, subscription } = setUp({ messages: 1 });
    const analytics = receive();
    subscription.abort();

    await run(analytics.handle);

    expect(analytics.deliveries).toEqual([]);
  });
});
