import { AppError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createTestChannel, running, useSenderBench } from '../../test/support/sender-bench';
import { createNotificationStore } from './notification-store';

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describeOnEveryDatabase('the sender', (openDatabase, { reopen }) => {
  const bench = useSenderBench(openDatabase);

  /** Moves the clock on until the assertion holds: a real server answers in its own time, which the clock does not know. */
  const whileTimePasses = (assertion: () => Promise<void> | void) =>
    eventually(
      async () => {
        await bench.clock.advance(500);
        await assertion();
      },
      { everyMs: 1 },
    );

  it('notes what was sent and publishes that, together', async () => {
    const { channel, handed } = createTestChannel();
    await bench.record('order-1', 'order-2');

    const claimed = await bench.createTestSender(channel).sendOnce(running());

    expect([claimed, handed.length]).toEqual([2, 2]);
    expect(await bench.store.list({ state: 'sent', limit: 10 })).toHaveLength(2);
    expect(await bench.publishedTypes()).toEqual(['sent order-1', 'sent order-2']);
  });

  it('sends again, under the same id, what a process had sent that died before it noted so; one record, one event', async () => {
    const { channel, handed } = createTestChannel();
    await bench.record('order-1');
    const dying = bench.createTestSender(channel, {
      store: { ...bench.store, settle: () => Promise.reject(new AppError('internal', 'killed')) },
    });
    await expect(dying.sendOnce(running())).rejects.toThrow('killed');
    const next = bench.createTestSender(channel);

    await next.sendOnce(running());
    await bench.clock.advance(30_000);
    await next.sendOnce(running());
    await next.sendOnce(running());

    const [record1, ...others] = await bench.store.list({ limit: 10 });
    expect(handed).toEqual([record1?.id, record1?.id]);
    expect([record1?.state, others]).toEqual(['sent', []]);
    expect(await bench.publishedTypes()).toEqual(['sent order-1']);
  });

  it('does not send again when the database was away only for a moment', async () => {
    const { channel, handed } = createTestChannel();
    await bench.record('order-1');
    let failures = 3;
    const sender = bench.createTestSender(channel, {
      store: {
        ...bench.store,
        settle: (...request) => {
          failures -= 1;
          return failures < 0
            ? bench.store.settle(...request)
            : Promise.reject(new AppError('unavailable', 'away'));
        },
      },
    });

    const sending = sender.sendOnce(running());

    await whileTimePasses(async () => {
      expect(await bench.publishedTypes()).toEqual(['sent order-1']);
    });
    await sending;
    expect(handed).toHaveLength(1);
  });

  it('tries a failed notification again with growing delays, before it gives it up and says so', async () => {
    const triedAt: number[] = [];
    const { channel } = createTestChannel(() => {
      triedAt.push(bench.clock.elapsedMs());
      return { kind: 'failed', reason: 'answered 500' };
    });
    await bench.record('order-1');
    const stop = new AbortController();
    const done = bench.createTestSender(channel).run(stop.signal);

    await whileTimePasses(async () => {
      expect(await bench.publishedTypes()).toEqual(['failed order-1']);
    });
    const waits = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    // a tenth of 1, 2 and 4 seconds is the least that the jitter leaves
    const least = [100, 200, 400];
    expect(waits.map((waitMs, index) => waitMs >= (least[index] ?? Infinity))).toEqual([true, true, true]);
    expect(await bench.store.list({ limit: 10 })).toMatchObject([
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
    await bench.record('order-1');
    const stop = new AbortController();
    const sender = bench.createTestSender(channel);
    const done = sender.run(stop.signal);

    const startMs = bench.clock.elapsedMs();
    await whileTimePasses(() => {
      expect(handed.length).toBeGreaterThanOrEqual(8);
    });

    // seven pauses from 250 ms to 16 s, of which the jitter leaves at least a tenth
    expect(bench.clock.elapsedMs() - startMs).toBeGreaterThan(3_000);
    await expect(sender.ping()).rejects.toThrow('connection refused');
    expect(await bench.store.list({ limit: 10 })).toMatchObject([{ state: 'pending', attempts: 0 }]);

    isAway = false;

    await whileTimePasses(async () => {
      expect(await bench.publishedTypes()).toEqual(['sent order-1']);
    });
    await sender.ping();
    stop.abort();
    await done;
  });

  it('shares what is due with another instance, and nothing is sent twice', async () => {
    const { channel, handed } = createTestChannel();
    const other = await reopen();
    const instances = [
      bench.createTestSender(channel),
      bench.createTestSender(channel, { store: createNotificationStore(other) }),
    ];
    await bench.record(...Array.from({ length: 500 }, (_, index) => `order-${index}`));

    const rounds: number[][] = [];
    while (rounds.at(-1)?.some((claimed) => claimed > 0) ?? true)
      rounds.push(await Promise.all(instances.map((sender) => sender.sendOnce(running()))));

    const shares = instances.map((_, index) => sum(rounds.map((claimed) => claimed[index] ?? 0)));
    expect(sum(shares)).toBe(500);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(new Set(handed).size).toBe(500);
    expect(await bench.publishedTypes()).toHaveLength(500);
  });

  it('hands back what it has not tried yet when it is told to stop', async () => {
    const { channel } = createTestChannel(() => ({ kind: 'untried' }));
    await bench.record('order-1');

    await bench.createTestSender(channel).sendOnce(running());

    expect(await bench.store.nextDueAt('webhook')).toEqual(bench.clock.now());
    expect(bench.settled).toMatchObject([{ state: 'pending', attempts: 0 }]);
  });
});
