import { createVirtualClock } from '@fanfare/core';
import { createSuspendableClock, eventually } from '@fanfare/core/testing';
import type { MessageBus } from '../bus/message-bus';
import { createRecordingBus, idsOf, useRelayBench } from '../testing/relay-bench';
import { openRelayCursors } from './relay-cursors';

describe('a relay beside others, and after them', () => {
  const bench = useRelayBench();

  it('lets one instance at a time relay, and another take over when it stops', async () => {
    const first = createRecordingBus();
    const second = createRecordingBus();
    const leader = bench.startRelay(first.bus);
    await bench.append('a');
    await eventually(() => {
      expect(first.taken).toHaveLength(1);
    });
    const follower = bench.startRelay(second.bus);
    await bench.append('b');
    await eventually(() => {
      expect(first.taken).toHaveLength(2);
    });

    await leader.stop();
    await bench.append('c');

    await eventually(() => {
      expect(second.taken.map(({ id }) => id)).toEqual(['c']);
    });
    await follower.stop();
  });

  it.each([
    ['before the broker takes it', 'never'],
    ['after the broker has taken it, before it confirms', 'taken'],
    ['after the confirm, before the cursor is moved', 'confirmed'],
  ] as const)('loses nothing of a commit when it dies %s', async (_, step) => {
    const dying = createRecordingBus();
    const forever = new Promise<void>(() => undefined);
    let reached = false;
    const publish: MessageBus['publish'] = async (target, messages) => {
      reached = true;
      if (step !== 'never') await dying.bus.publish(target, messages);
      if (step !== 'confirmed') await forever;
    };
    const [deathAt, later] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:01:00Z')];
    // a clock that nobody turns: what this relay has not done by now, it never does
    bench.startRelay({ ...dying.bus, publish }, createVirtualClock(deathAt));
    await bench.append('a');
    await bench.append('b');
    await eventually(() => {
      expect(reached).toBe(true);
    });
    expect(await bench.topicLog.positions()).toMatchObject([{ accepted: 2, published: 0 }]);

    const next = createRecordingBus();
    const clock = createVirtualClock(later);
    const running = bench.startRelay(next.bus, clock);

    await eventually(async () => {
      await clock.advance(100);
      expect(await bench.topicLog.positions()).toMatchObject([{ accepted: 2, published: 2 }]);
    });
    await running.stop();
    expect(next.taken.flatMap(idsOf)).toEqual(['a', 'b']);
  });

  it('refuses to let a former holder of the lease move the cursor, and says so', async () => {
    const former = await openRelayCursors(bench.database, 'orders', 1);
    const current = await openRelayCursors(bench.database, 'orders', 2);
    await bench.append('a', 'b');

    former.published.set(0, 2);
    await expect(former.save(0)).rejects.toMatchObject({ code: 'conflict' });
    await expect(openRelayCursors(bench.database, 'orders', 1)).rejects.toMatchObject({ code: 'conflict' });
    current.published.set(0, 1);
    await current.save(0);

    expect(await bench.topicLog.positions()).toMatchObject([{ accepted: 2, published: 1 }]);
  });

  it('keeps its lease while the broker takes its time to confirm, with others waiting for it', async () => {
    const clock = createVirtualClock();
    const [slow, other] = [createRecordingBus(), createRecordingBus()];
    const publish: MessageBus['publish'] = async (target, messages) => {
      await clock.sleep(8_000);
      await slow.bus.publish(target, messages);
    };
    await bench.append('a');
    const relays = [bench.startRelay({ ...slow.bus, publish }, clock)];
    await clock.advance(1);
    relays.push(bench.startRelay(other.bus, clock));

    await clock.advance(8_000);
    await bench.append('b');
    await clock.advance(9_000);

    expect(await bench.topicLog.positions()).toMatchObject([{ accepted: 2, published: 2 }]);
    expect([slow.taken, other.taken].map((taken) => taken.flatMap(idsOf))).toEqual([['a', 'b'], []]);
    await Promise.all(relays.map((relay) => relay.stop()));
  });

  it('goes on when its process slept, and another relayed and stopped meanwhile', async () => {
    const clock = createVirtualClock();
    const its = createSuspendableClock(clock);
    const [sleeper, other] = [createRecordingBus(), createRecordingBus()];
    const first = bench.startRelay(sleeper.bus, its);
    await bench.append('a');
    await clock.advance(1_000);
    its.suspend();
    const second = bench.startRelay(other.bus, clock);
    await clock.advance(5_000);
    await bench.append('b');
    await clock.advance(1_000);
    await second.stop();
    expect(other.taken.flatMap(idsOf)).toEqual(['b']);

    its.resume();
    await clock.advance(2_000);
    await bench.append('c');
    await clock.advance(1_000);

    expect(await bench.topicLog.positions()).toMatchObject([{ accepted: 3, published: 3 }]);
    await first.stop();
  });
});
