import { eventually } from '@fanfare/core/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createTestChannel, running, useSenderBench } from '../../test/support/sender-bench';
import type { NotificationStore } from './notification-store';

describeOnEveryDatabase('the sender that is handed what was just recorded', (openDatabase) => {
  const bench = useSenderBench(openDatabase);

  it('sends it without looking for it, and nobody else finds it', async () => {
    const { channel } = createTestChannel();
    let looks = 0;
    const claimDue: NotificationStore['claimDue'] = (request) => {
      looks += 1;
      return bench.store.claimDue(request);
    };
    const sender = bench.createTestSender(channel, { store: { ...bench.store, claimDue } });
    await sender.sendOnce(running());

    await bench.recordAndHand(sender, 'order-1', 'order-2');
    const byAnother = await bench.createTestSender(channel).sendOnce(running());
    const byIt = await sender.sendOnce(running());

    expect([byAnother, byIt, looks]).toEqual([0, 2, 1]);
    expect(await bench.publishedTypes()).toEqual(['sent order-1', 'sent order-2']);
  });

  it('takes turns with what waits in the database', async () => {
    const { channel } = createTestChannel();
    const sender = bench.createTestSender({ ...channel, batchSize: 2 });
    await bench.record('waits-1', 'waits-2', 'waits-3', 'waits-4');
    await bench.recordAndHand(sender, 'handed-1', 'handed-2', 'handed-3');

    for (let batches = 0; batches < 4; batches += 1) await sender.sendOnce(running());

    expect(await bench.publishedTypes()).toEqual([
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
    const killed = bench.createTestSender(channel);
    await bench.recordAndHand(killed, 'order-1');
    const next = bench.createTestSender(channel);

    const before = await next.sendOnce(running());
    await bench.clock.advance(35_000);
    const after = await next.sendOnce(running());
    await killed.sendOnce(running());

    expect([before, after]).toEqual([0, 1]);
    expect(await bench.publishedTypes()).toEqual(['sent order-1']);
  });

  it('gives it back when it is told to stop', async () => {
    const { channel } = createTestChannel();
    const sender = bench.createTestSender(channel);
    await bench.recordAndHand(sender, 'order-1');

    await sender.run(AbortSignal.abort());

    expect(await bench.createTestSender(channel).sendOnce(running())).toBe(1);
  });

  it('gives back at once what is recorded under its claim when it has ended already, and claims no more', async () => {
    const { channel } = createTestChannel();
    const sender = bench.createTestSender(channel);
    const claim = sender.claim();
    await sender.run(AbortSignal.abort());

    await bench.recordAndHand({ ...sender, claim: () => claim }, 'order-1');

    const next = bench.createTestSender(channel);
    await eventually(async () => {
      expect(await next.sendOnce(running())).toBe(1);
    });
    expect([claim, sender.claim()]).toEqual([expect.anything(), undefined]);
  });

  it('takes nothing while its receiver is away, nor more than it can hold', async () => {
    const away = bench.createTestSender(
      createTestChannel(() => ({ kind: 'unavailable', reason: 'away' })).channel,
    );
    await bench.record('order-1');
    await away.sendOnce(running());
    const full = bench.createTestSender(createTestChannel().channel);
    await bench.recordAndHand(full, ...Array.from({ length: 2_000 }, (_, index) => `order-${index}`));

    expect([away.claim(), full.claim()]).toEqual([undefined, undefined]);
  });
});
