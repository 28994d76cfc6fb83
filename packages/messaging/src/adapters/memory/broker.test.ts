import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createGate, receive, sampleIds, sampleMessage, sampleMessages } from '../../testing/received';
import { createMemoryBroker } from './broker';

const target = { topic: 'orders', group: 'analytics', partitions: 1 };
const limits = { maxMessages: 3, maxBytes: 100 };

describe('the memory broker', () => {
  it('drops what is more than a group may leave untaken, for that group alone', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock, limits });
    const standing = broker.subscribe(target, receive().handle);
    await standing.close();
    const notifications = receive();
    broker.subscribe({ ...target, group: 'notifications' }, notifications.handle);

    broker.publish('orders', sampleMessages(1, 2));
    await clock.advance(0);
    broker.publish('orders', sampleMessages(3, 5));
    await clock.advance(0);

    const analytics = receive();
    broker.subscribe(target, analytics.handle);
    await clock.advance(0);
    expect(analytics.ids()).toEqual(sampleIds(1, 3));
    expect(notifications.ids()).toEqual(sampleIds(1, 5));
  });

  it('counts bytes as well, and takes one message of any size', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock, limits });
    await broker.subscribe(target, receive().handle).close();

    broker.publish('orders', [sampleMessage(1, { body: Buffer.alloc(1_000) }), sampleMessage(2)]);

    const analytics = receive();
    broker.subscribe(target, analytics.handle);
    await clock.advance(0);
    expect(analytics.ids()).toEqual(['m-1']);
  });

  it('has room again for what comes after messages were taken', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock, limits });
    const analytics = receive();
    broker.subscribe(target, analytics.handle);

    for (const sequence of [1, 2, 3, 4, 5]) {
      broker.publish('orders', [sampleMessage(sequence, { body: Buffer.alloc(60) })]);
      await clock.advance(0);
    }

    expect(analytics.ids()).toEqual(sampleIds(1, 5));
  });

  it('waits longer after each rejection, and not after a success', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock });
    const triedAtMs: number[] = [];
    broker.subscribe(target, async () => {
      triedAtMs.push(clock.elapsedMs());
      if (triedAtMs.length <= 12) throw new Error('not now');
    });

    broker.publish('orders', [sampleMessage(1)]);
    await clock.advance(60_000);

    const delaysMs = triedAtMs.slice(1).map((ms, index) => ms - (triedAtMs[index] ?? 0));
    expect(delaysMs).toHaveLength(12);
    expect(delaysMs[0]).toBeLessThanOrEqual(100);
    expect(Math.max(...delaysMs)).toBeGreaterThan(500);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(5_000);
    expect(clock.pending).toBe(0);
  });

  it('lets another member try what one has rejected', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock });
    const broken = receive(() => Promise.reject(new Error('broken')));
    const sound = receive();
    broker.subscribe(target, broken.handle);
    broker.subscribe(target, sound.handle);

    broker.publish('orders', sampleMessages(1, 3));
    await clock.advance(0);

    expect(broken.ids()).toEqual(sampleIds(1, 3));
    expect(sound.ids()).toEqual(sampleIds(1, 3));
  });

  it('does not wake a member that closed while it rested', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock });
    const broken = receive(() => Promise.reject(new Error('broken')));
    const subscription = broker.subscribe(target, broken.handle);
    broker.publish('orders', [sampleMessage(1)]);
    await clock.advance(0);

    await subscription.close();
    await clock.advance(60_000);

    expect(broken.deliveries).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('delivers on a later turn, never within the publish', async () => {
    const broker = createMemoryBroker({ clock: createVirtualClock() });
    const analytics = receive();
    broker.subscribe(target, analytics.handle);

    broker.publish('orders', [sampleMessage(1)]);

    expect(analytics.deliveries).toEqual([]);
    await eventually(() => {
      expect(analytics.ids()).toEqual(['m-1']);
    });
  });

  it('keeps a member that takes its time as the only one of its partition', async () => {
    const clock = createVirtualClock();
    const broker = createMemoryBroker({ clock });
    const gate = createGate();
    const slow = receive(() => gate.passed);
    broker.subscribe(target, slow.handle);
    broker.publish('orders', [sampleMessage(1)]);
    await clock.advance(0);
    const quick = receive();
    broker.subscribe(target, quick.handle);

    broker.publish('orders', [sampleMessage(2)]);
    await clock.advance(0);

    expect(quick.deliveries).toEqual([]);
    gate.open();
    await clock.advance(0);
    expect([...slow.ids(), ...quick.ids()]).toEqual(['m-1', 'm-2']);
  });
});
