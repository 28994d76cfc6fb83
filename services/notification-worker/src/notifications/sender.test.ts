import { AppError, createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createTopicLog, type TopicLog } from '@fanfare/messaging';
import type { Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { notificationOf } from '../../test/support/notifications';
import { newId, orderCreatedEvent } from '../../test/support/order-events';
import { prepareDatabase } from '../../test/support/prepare-database';
import type { Channel, Outcome } from '../channels/channel';
import type { Settlement } from './judge-outcomes';
import type { Notification } from './notification';
import { createNotificationStore, type NotificationStore } from './notification-store';
import { createSender, type Sender, type SenderOptions } from './sender';

/** A channel that remembers when it was handed what, and answers as it is told. */
function createTestChannel(answer: (notification: Notification) => Outcome = () => ({ kind: 'sent' })) {
  const handed: string[] = [];
  const channel: Channel = {
    name: 'webhook',
    batchSize: 50,
    async send(notifications) {
      handed.push(...notifications.map(({ id }) => id));
      return notifications.map(answer);
    },
    close: () => Promise.resolve(),
  };
  return { channel, handed };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const running = () => new AbortController().signal;

describeOnEveryDatabase('the sender', (openDatabase, { reopen }) => {
  let clock: VirtualClock;
  let database: Database;
  let store: NotificationStore;
  let topicLog: TopicLog;
  let settled: Settlement[];

  beforeEach(async () => {
    clock = createVirtualClock();
    database = await openDatabase();
    await prepareDatabase(database);
    store = createNotificationStore(database);
    topicLog = createTopicLog({ database, clock, topic: 'notifications' });
    await topicLog.prepare();
    settled = [];
  });

  function createTestSender(channel: Channel, options: Partial<SenderOptions> = {}): Sender {
    const observer = {
      waiting: () => undefined,
      settled: (_: string, settlements: readonly Settlement[]) => void settled.push(...settlements),
    };
    return createSender({
      channel,
      store,
      topicLog,
      clock,
      newId,
      maxAttempts: 4,
      observer,
      ...options,
    });
  }

  async function record(...orderIds: readonly string[]): Promise<void> {
    const parts = { channel: 'webhook', createdAt: clock.now() };
    const notifications = orderIds.map((orderId) => notificationOf(orderCreatedEvent(orderId), parts));
    await database.transact((tx) => store.record(tx, notifications));
  }

  /** Moves the clock on until the assertion holds: a real server answers in its own time, which the clock does not know. */
  const whileTimePasses = (assertion: () => Promise<void> | void) =>
    eventually(
      async () => {
        await clock.advance(500);
        await assertion();
      },
      { everyMs: 1 },
    );

  const publishedTypes = async () =>
    (await topicLog.read(0, 1, 1_000)).events.map(
      ({ type, subject }) => `${type.split('.').at(-2)} ${subject}`,
    );

  it('notes what was sent and publishes that, together', async () => {
    const { channel, handed } = createTestChannel();
    await record('order-1', 'order-2');

    const claimed = await createTestSender(channel).sendOnce(running());

    expect([claimed, handed.length]).toEqual([2, 2]);
    expect(await store.list({ state: 'sent', limit: 10 })).toHaveLength(2);
    expect(await publishedTypes()).toEqual(['sent order-1', 'sent order-2']);
  });

  it('sends again, under the same id, what a process had sent that died before it noted so; one record, one event', async () => {
    const { channel, handed } = createTestChannel();
    await record('order-1');
    const dying = createTestSender(channel, {
      store: { ...store, settle: () => Promise.reject(new AppError('internal', 'killed')) },
    });
    await expect(dying.sendOnce(running())).rejects.toThrow('killed');
    const next = createTestSender(channel);

    await next.sendOnce(running());
    await clock.advance(30_000);
    await next.sendOnce(running());
    await next.sendOnce(running());

    const [record1, ...others] = await store.list({ limit: 10 });
    expect(handed).toEqual([record1?.id, record1?.id]);
    expect([record1?.state, others]).toEqual(['sent', []]);
    expect(await publishedTypes()).toEqual(['sent order-1']);
  });

  it('does not send again when the database was away only for a moment', async () => {
    const { channel, handed } = createTestChannel();
    await record('order-1');
    let failures = 3;
    const sender = createTestSender(channel, {
      store: {
        ...store,
        settle: (...request) => {
          failures -= 1;
          return failures < 0
            ? store.settle(...request)
            : Promise.reject(new AppError('unavailable', 'away'));
        },
      },
    });

    const sending = sender.sendOnce(running());

    await whileTimePasses(async () => {
      expect(await publishedTypes()).toEqual(['sent order-1']);
    });
    await sending;
    expect(handed).toHaveLength(1);
  });

  it('tries a failed notification again with growing delays, before it gives it up and says so', async () => {
    const triedAt: number[] = [];
    const { channel } = createTestChannel(() => {
      triedAt.push(clock.elapsedMs());
      return { kind: 'failed', reason: 'answered 500' };
    });
    await record('order-1');
    const stop = new AbortController();
    const done = createTestSender(channel).run(stop.signal);

    await whileTimePasses(async () => {
      expect(await publishedTypes()).toEqual(['failed order-1']);
    });
    const waits = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    // a tenth of 1, 2 and 4 seconds is the least that the jitter leaves
    const least = [100, 200, 400];
    expect(waits.map((waitMs, index) => waitMs >= (least[index] ?? Infinity))).toEqual([true, true, true]);
    expect(await store.list({ limit: 10 })).toMatchObject([
      { state: 'failed', attempts: 4, reason: 'answered 500', sentAt: null },
    ]);
    stop.abort();
    await done;
  });

  it('waits for a receiver that is away without hammering it, giving nothing up, and says so', async () => {
    let isAway = true;
    const { channel, handed } = createTestChannel(() =>
      isAway ? { kind: 'unavailable', reason: 'connection refused' } : { kind: 'sent' },
    );
    await record('order-1');
    const stop = new AbortController();
    const sender = createTestSender(channel);
    const done = sender.run(stop.signal);

    const startMs = clock.elapsedMs();
    await whileTimePasses(() => {
      expect(handed.length).toBeGreaterThanOrEqual(8);
    });

    // seven pauses from 250 ms to 16 s, of which the jitter leaves at least a tenth
    expect(clock.elapsedMs() - startMs).toBeGreaterThan(3_000);
    await expect(sender.ping()).rejects.toThrow('connection refused');
    expect(await store.list({ limit: 10 })).toMatchObject([{ state: 'pending', attempts: 0 }]);

    isAway = false;

    await whileTimePasses(async () => {
      expect(await publishedTypes()).toEqual(['sent order-1']);
    });
    await sender.ping();
    stop.abort();
    await done;
  });

  it('shares what is due with another instance, and nothing is sent twice', async () => {
    const { channel, handed } = createTestChannel();
    const other = await reopen();
    const instances = [
      createTestSender(channel),
      createTestSender(channel, { store: createNotificationStore(other) }),
    ];
    await record(...Array.from({ length: 500 }, (_, index) => `order-${index}`));

    const rounds: number[][] = [];
    while (rounds.at(-1)?.some((claimed) => claimed > 0) ?? true)
      rounds.push(await Promise.all(instances.map((sender) => sender.sendOnce(running()))));

    const shares = instances.map((_, index) => sum(rounds.map((claimed) => claimed[index] ?? 0)));
    expect(sum(shares)).toBe(500);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(new Set(handed).size).toBe(500);
    expect(await publishedTypes()).toHaveLength(500);
  });

  it('hands back what it has not tried yet when it is told to stop', async () => {
    const { channel } = createTestChannel(() => ({ kind: 'untried' }));
    await record('order-1');

    await createTestSender(channel).sendOnce(running());

    expect(await store.nextDueAt('webhook')).toEqual(clock.now());
    expect(settled).toMatchObject([{ state: 'pending', attempts: 0 }]);
  });

  describe('when it is handed what was just recorded', () => {
    async function recordAndHand(sender: Sender, ...orderIds: readonly string[]): Promise<void> {
      const parts = { channel: 'webhook', createdAt: clock.now() };
      const notifications = orderIds.map((orderId) => notificationOf(orderCreatedEvent(orderId), parts));
      const claim = sender.claim();
      if (!claim) throw new Error('the sender takes nothing');
      await database.transact((tx) => store.record(tx, notifications, new Map([['webhook', claim]])));
      sender.hand(notifications, claim);
    }

    it('sends it without looking for it, and nobody else finds it', async () => {
      const { channel } = createTestChannel();
      let looks = 0;
      const claimDue: NotificationStore['claimDue'] = (request) => {
        looks += 1;
        return store.claimDue(request);
      };
      const sender = createTestSender(channel, { store: { ...store, claimDue } });
      await sender.sendOnce(running());

      await recordAndHand(sender, 'order-1', 'order-2');
      const byAnother = await createTestSender(channel).sendOnce(running());
      const byIt = await sender.sendOnce(running());

      expect([byAnother, byIt, looks]).toEqual([0, 2, 1]);
      expect(await publishedTypes()).toEqual(['sent order-1', 'sent order-2']);
    });

    it('takes turns with what waits in the database', async () => {
      const { channel } = createTestChannel();
      const sender = createTestSender({ ...channel, batchSize: 2 });
      await record('waits-1', 'waits-2', 'waits-3', 'waits-4');
      await recordAndHand(sender, 'handed-1', 'handed-2', 'handed-3');

      for (let batches = 0; batches < 4; batches += 1) await sender.sendOnce(running());

      expect(await publishedTypes()).toEqual([
        'sent waits-1',
        'sent waits-2',
        'sent handed-1',
        'sent handed-2',
        'sent waits-3',
        'sent waits-4',
        'sent handed-3',
      ]);
    });

    it('leaves to the next one, when the claim is over, what it held when it was killed', async () => {
      const { channel } = createTestChannel();
      const killed = createTestSender(channel);
      await recordAndHand(killed, 'order-1');
      const next = createTestSender(channel);

      const before = await next.sendOnce(running());
      await clock.advance(35_000);
      const after = await next.sendOnce(running());
      await killed.sendOnce(running());

      expect([before, after]).toEqual([0, 1]);
      expect(await publishedTypes()).toEqual(['sent order-1']);
    });

    it('gives it back when it is told to stop', async () => {
      const { channel } = createTestChannel();
      const sender = createTestSender(channel);
      await recordAndHand(sender, 'order-1');

      await sender.run(AbortSignal.abort());

      expect(await createTestSender(channel).sendOnce(running())).toBe(1);
    });

    it('takes nothing while its receiver is away, nor more than it can hold', async () => {
      const away = createTestSender(
        createTestChannel(() => ({ kind: 'unavailable', reason: 'away' })).channel,
      );
      await record('order-1');
      await away.sendOnce(running());
      const full = createTestSender(createTestChannel().channel);
      await recordAndHand(full, ...Array.from({ length: 2_000 }, (_, index) => `order-${index}`));

      expect([away.claim(), full.claim()]).toEqual([undefined, undefined]);
    });
  });
});
