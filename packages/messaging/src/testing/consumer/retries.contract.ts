import { partitionKeyOf, type CloudEvent } from '@fanfare/contracts';
import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import type { Feed } from '../../feed/feed';
import { createTopicLog } from '../../outbox/topic-log';
import { systemClock } from '../messaging-fixture';
import { created, type ConsumerFixture } from './consumer-fixture';

/** Of a consumer whose handler fails now and then: when it tries again, and that the order of a key outlives it all. */
export function describeRetries(fixture: () => ConsumerFixture): void {
  it('tries again after delays that grow, and does nothing between them', async () => {
    const clock = createVirtualClock();
    const triedAtMs: number[] = [];
    fixture().beforeEffect = ({ id }) => {
      if (id !== 'bad') return;
      triedAtMs.push(clock.elapsedMs());
      throw new Error('never');
    };
    const retry = { maxAttempts: 5, backoff: { firstMs: 10_000, maxMs: 1_000_000 } };
    const { consumer } = await fixture().start({ clock, retry });

    await fixture().send(await fixture().commit(created('o-1', 'bad')));

    await eventually(
      async () => {
        await clock.advance(500);
        expect(await consumer.parked.counts()).toMatchObject([{ state: 'dead', count: 1 }]);
      },
      { everyMs: 1, timeoutMs: 20_000 },
    );
    expect(triedAtMs).toHaveLength(retry.maxAttempts);
    const delaysMs = triedAtMs.slice(1).map((atMs, index) => atMs - (triedAtMs[index] ?? Infinity));
    // the least that the jitter leaves
    const leastMs = [1_000, 2_000, 4_000, 8_000];
    expect(delaysMs.map((delayMs, index) => delayMs >= (leastMs[index] ?? Infinity))).toEqual(
      leastMs.map(() => true),
    );
  });

  it('ends when it is stopped while a dependency is away and it has seen that it lags', async () => {
    const topicLog = createTopicLog({
      database: fixture().owner,
      clock: systemClock,
      topic: fixture().topic,
    });
    let looks = 0;
    const feed: Feed = {
      async read(...range) {
        looks += 1;
        return topicLog.read(...range);
      },
    };
    fixture().beforeEffect = () => {
      throw new AppError('unavailable', 'the price list is away');
    };
    const { stop } = await fixture().start({ feed });
    await fixture().send(await fixture().commit(created('o-1', 'a')));
    await eventually(() => {
      expect(looks).toBeGreaterThan(0);
    });

    await stop();

    expect(fixture().applied).toEqual([]);
  });

  it('finds the one bad event of a large batch and applies all the others in order', async () => {
    await fixture().start({ retry: { maxAttempts: 1, backoff: { firstMs: 5, maxMs: 5 } } });
    const ids = Array.from({ length: 100 }, (_, index) => `e-${index}`);
    fixture().beforeEffect = ({ id }) => {
      if (id === 'e-37') throw new Error('bad');
    };

    await fixture().send(await fixture().commit(...ids.map((id) => created(id, id))));

    await fixture().untilApplied(...ids.filter((id) => id !== 'e-37'));
  });

  it('keeps the order of each key, whatever fails and however often', async () => {
    await fixture().start({ retry: { maxAttempts: 1_000, backoff: { firstMs: 1, maxMs: 3 } } });
    let calls = 0;
    fixture().beforeEffect = () => {
      calls += 1;
      if (calls % 7 === 0) throw new Error('every seventh call fails');
    };
    const events = Array.from({ length: 120 }, (_, index) => created(`o-${index % 6}`, `e-${index}`));

    for (let index = 0; index < events.length; index += 4)
      await fixture().send(await fixture().commit(...events.slice(index, index + 4)));

    await eventually(() => {
      expect(fixture().applied).toHaveLength(events.length);
    });
    expectOrderPerKey(fixture().applied, events);
  });

  it('keeps it also when three consumers come and go, and through dead letters that are redriven', async () => {
    const retry = { maxAttempts: 2, backoff: { firstMs: 1, maxMs: 3 } };
    const join = () => fixture().start({ bus: fixture().bus, retry, onDeadLetter: 'block' });
    const consumers = [await join(), await join(), await join()];
    const wasDead = (id: string) =>
      fixture().observer.failures.some(({ eventId, isDead }) => isDead && eventId === id);
    let calls = 0;
    fixture().beforeEffect = ({ id }) => {
      calls += 1;
      const isUnlucky = (id === 'e-7' || id === 'e-40') && !wasDead(id);
      if (isUnlucky || calls % 20 === 0) throw new Error('not now');
    };
    const events = Array.from({ length: 120 }, (_, index) => created(`o-${index % 6}`, `e-${index}`));

    for (let index = 0; index < events.length; index += 4) {
      await fixture().send(await fixture().commit(...events.slice(index, index + 4)));
      if (index % 40 === 20) {
        await consumers.shift()?.stop();
        consumers.push(await join());
      }
    }

    let redriven = 0;
    await eventually(
      async () => {
        redriven += (await consumers[0]?.consumer.parked.redrive('all')) ?? 0;
        expect(fixture().applied).toHaveLength(events.length);
      },
      { everyMs: 50, timeoutMs: 20_000 },
    );
    expect(redriven).toBeGreaterThanOrEqual(2);
    expectOrderPerKey(fixture().applied, events);
  });
}

function expectOrderPerKey(applied: readonly string[], events: readonly CloudEvent[]): void {
  for (const key of new Set(events.map(partitionKeyOf))) {
    const expected = events.filter((event) => partitionKeyOf(event) === key).map(({ id }) => id);
    expect(applied.filter((id) => expected.includes(id))).toEqual(expected);
  }
}
