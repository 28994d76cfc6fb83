import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { systemClock } from '../testing/messaging-fixture';
import { createRecordingBus, idsOf, useRelayBench } from '../testing/relay-bench';

describe('relay', () => {
  const bench = useRelayBench();

  it('publishes in commit order, several transactions in one message, and moves its cursor', async () => {
    const { bus, taken } = createRecordingBus();
    await bench.append('a', 'b');
    await bench.append('c');
    const running = bench.startRelay(bus);

    await eventually(async () => {
      expect(await bench.topicLog.positions()).toEqual([{ partition: 0, accepted: 3, published: 3 }]);
    });

    await running.stop();
    expect(taken).toMatchObject([
      { id: 'a', sequence: 1, count: 3, contentType: 'application/cloudevents-batch+json' },
    ]);
    expect(JSON.parse(taken[0]?.body.toString() ?? '')).toMatchObject([
      { id: 'a' },
      { id: 'b' },
      { id: 'c' },
    ]);
  });

  it('puts no events into one message between which one was taken out', async () => {
    const { bus, taken } = createRecordingBus();
    for (const id of ['a', 'b', 'c']) await bench.append(id);
    await bench.database.queries
      .withTables<{ topic_log: { first_sequence: number } }>()
      .deleteFrom('topic_log')
      .where('first_sequence', '=', 2)
      .execute();
    const running = bench.startRelay(bus);

    await eventually(() => {
      expect(taken).toMatchObject([
        { id: 'a', sequence: 1, count: 1 },
        { id: 'c', sequence: 3, count: 1 },
      ]);
    });

    await running.stop();
  });

  it('publishes an event that comes alone as itself', async () => {
    const { bus, taken } = createRecordingBus();
    await bench.append('a');
    const running = bench.startRelay(bus);

    await eventually(() => {
      expect(taken).toHaveLength(1);
    });

    await running.stop();
    expect(taken).toMatchObject([{ id: 'a', count: 1, contentType: 'application/cloudevents+json' }]);
    expect(JSON.parse(taken[0]?.body.toString() ?? '')).toMatchObject({ id: 'a', subject: 'order-a' });
  });

  it('keeps messages within their bounds', async () => {
    const { bus, taken } = createRecordingBus();
    await bench.append(...Array.from({ length: 100 }, (_, index) => `a-${index}`));
    await bench.append(...Array.from({ length: 100 }, (_, index) => `b-${index}`));
    const running = bench.startRelay(bus);

    await eventually(() => {
      expect(taken.map(({ sequence, count }) => [sequence, count])).toEqual([
        [1, 100],
        [101, 100],
      ]);
    });
    await running.stop();
  });

  it('is woken by a commit', async () => {
    const { bus, taken } = createRecordingBus();
    const clock = createVirtualClock();
    const running = bench.startRelay(bus, clock);
    await eventually(() => {
      expect(clock.pending).toBe(2);
    });

    await bench.append('a');

    await eventually(() => {
      expect(taken).toHaveLength(1);
    });
    await running.stop();
  });

  it('stops soon when the broker hangs, and publishes again what it has not confirmed', async () => {
    const { bus, taken, broker } = createRecordingBus();
    const clock = createVirtualClock();
    broker.hangs = true;
    await bench.append('a');
    const hanging = bench.startRelay(bus, clock);
    await eventually(() => {
      expect(taken).toHaveLength(1);
    });

    const stopped = hanging.stop();
    await clock.advance(3_000);
    await stopped;

    broker.hangs = false;
    const next = bench.startRelay(bus);
    await eventually(() => {
      expect(taken.flatMap(idsOf)).toEqual(['a', 'a']);
    });
    await next.stop();
  });

  it('keeps everything while the broker is away, and publishes it in order when it is back', async () => {
    const { bus, taken, broker } = createRecordingBus();
    broker.isAway = true;
    const running = bench.startRelay(bus);
    await bench.append('a');
    await bench.append('b');
    await eventually(() => {
      expect(running.observer.waits).toContain('relay of orders');
    });

    broker.isAway = false;

    await eventually(() => {
      expect(taken.flatMap(idsOf)).toEqual(['a', 'b']);
    });
    await running.stop();
  });

  it('publishes again what was not confirmed: at least once, never less', async () => {
    const { bus, taken, broker } = createRecordingBus();
    broker.losesConfirms = true;
    const running = bench.startRelay(bus);
    await bench.append('a');
    await eventually(() => {
      expect(taken.length).toBeGreaterThanOrEqual(2);
    });

    broker.losesConfirms = false;

    await eventually(async () => {
      expect(await bench.topicLog.positions()).toMatchObject([{ published: 1 }]);
    });
    await running.stop();
    expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(['a']));
  });

  it('keeps a place of its own under another name, beside the relay that feeds the bus', async () => {
    const [bus, archive] = [createRecordingBus(), createRecordingBus()];
    archive.broker.isAway = true;
    const relays = [bench.startRelay(bus.bus), bench.startRelay(archive.bus, systemClock, 'archive')];
    await bench.append('a', 'b');
    await eventually(async () => {
      expect(await bench.topicLog.positions()).toMatchObject([{ accepted: 2, published: 2 }]);
    });

    archive.broker.isAway = false;
    await eventually(() => {
      expect(archive.taken.flatMap(idsOf)).toEqual(['a', 'b']);
    });
    await Promise.all(relays.map((relay) => relay.stop()));
    const again = bench.startRelay(archive.bus, systemClock, 'archive');
    await bench.append('c');
    await eventually(() => {
      expect(archive.taken.flatMap(idsOf)).toEqual(['a', 'b', 'c']);
    });
    await again.stop();

    expect(bus.taken.flatMap(idsOf)).toEqual(['a', 'b']);
  });
});
