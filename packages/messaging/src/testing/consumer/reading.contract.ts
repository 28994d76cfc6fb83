import { eventually } from '@fanfare/core/testing';
import { createLocalHub } from '../../adapters/local-hub';
import { openMessageBus } from '../../adapters/open-message-bus';
import type { MessagingTables } from '../../messaging-tables';
import { systemClock } from '../messaging-fixture';
import { created, messageOf, type ConsumerFixture } from './consumer-fixture';

/** Each event takes effect once and in its place, whether the bus brings it, again, too late or not at all. */
export function describeReading(fixture: () => ConsumerFixture): void {
  it('applies the events of its topic in order', async () => {
    await fixture().start();

    await fixture().send(
      await fixture().commit(created('o-1', 'a'), created('o-2', 'b')),
      await fixture().commit(created('o-3', 'c')),
    );

    await fixture().untilApplied('a', 'b', 'c');
  });

  it('applies an event once, however often the bus delivers it', async () => {
    await fixture().start();
    const message = await fixture().commit(created('o-1', 'a'), created('o-2', 'b'));

    await fixture().send(message, message);
    await fixture().untilApplied('a', 'b');
    await fixture().send(message, await fixture().commit(created('o-3', 'c')));

    await fixture().untilApplied('a', 'b', 'c');
    // at least: a bus may deliver once more what it was given
    const [applied, ...others] = [...fixture().resultsOf('a')].sort();
    expect(applied).toBe('applied');
    expect(others.length).toBeGreaterThanOrEqual(2);
    expect(new Set(others)).toEqual(new Set(['duplicate']));
  });

  it('fetches what the bus skipped from the feed, in order, and reports the gap', async () => {
    const { consumer } = await fixture().start();
    await fixture().send(await fixture().commit(created('o-1', 'a')));
    await fixture().untilApplied('a');
    await fixture().commit(created('o-2', 'b'), created('o-3', 'c'));

    await fixture().send(await fixture().commit(created('o-4', 'd')));

    await fixture().untilApplied('a', 'b', 'c', 'd');
    // where the bus is slow, the look at the owner's head is what finds it, and perhaps the first event, too
    const { filled } = fixture().observer;
    expect(filled.filter(({ from, to }) => from <= 2 && to >= 3)).toHaveLength(1);
    const gapsFilled = filled.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    expect(await consumer.positions()).toMatchObject([{ applied: 4, head: 4, gapsFilled, missing: [] }]);
  });

  it('gets what was placed before it ever ran, with nothing on the bus', async () => {
    await fixture().commit(created('o-1', 'a'), created('o-2', 'b'));

    await fixture().start();

    await fixture().untilApplied('a', 'b');
    await eventually(() => {
      expect(fixture().observer.filled).toMatchObject([{ from: 1, to: 2, cause: 'catch_up' }]);
    });
  });

  it('goes on after its cursor when it is started again', async () => {
    const first = await fixture().start();
    await fixture().send(await fixture().commit(created('o-1', 'a')));
    await fixture().untilApplied('a');
    await first.stop();
    const missed = await fixture().commit(created('o-2', 'b'));

    await fixture().start();
    await fixture().send(missed, await fixture().commit(created('o-3', 'c')));

    await fixture().untilApplied('a', 'b', 'c');
  });

  it('takes a foreign event without a sequence once', async () => {
    await fixture().start();
    const foreign = messageOf([created('o-1', 'x')]);

    await fixture().send(foreign, foreign, messageOf([created('o-2', 'y'), created('o-2', 'y')]));

    await fixture().untilApplied('x', 'y');
    await eventually(() => {
      expect(fixture().resultsOf('y')).toEqual(['applied', 'duplicate']);
    });
    const [applied, ...others] = fixture().resultsOf('x');
    expect([applied, new Set(others)]).toEqual(['applied', new Set(['duplicate'])]);
  });

  it('keeps the events of two producers that number them alike apart', async () => {
    const { consumer } = await fixture().start({
      retry: { maxAttempts: 5, backoff: { firstMs: 60_000, maxMs: 60_000 } },
    });
    fixture().beforeEffect = () => {
      throw new Error('cannot be applied yet');
    };

    await fixture().send(
      messageOf([{ ...created('o-1', '1'), source: '/shop-a' }]),
      messageOf([{ ...created('o-2', '1'), source: '/shop-b' }]),
    );

    await eventually(async () => {
      const kept = await consumer.parked.list({ limit: 10, offset: 0 });
      expect(kept.map(({ eventId, key }) => `${key}: ${eventId}`).sort()).toEqual(['o-1: 1', 'o-2: 1']);
    });
  });

  it('records as lost what the owner no longer keeps, and goes on', async () => {
    await fixture().commit(created('o-1', 'a'), created('o-2', 'b'));
    await fixture()
      .owner.queries.withTables<{ topic_log: { topic: string } }>()
      .deleteFrom('topic_log')
      .execute();
    const { consumer } = await fixture().start();

    await fixture().send(await fixture().commit(created('o-3', 'c')));

    await fixture().untilApplied('c');
    const { lost, filled } = fixture().observer;
    expect(lost).toMatchObject([{ from: 1, to: 2 }]);
    // where the bus is slow, the look at the owner's head may find the third event, too
    await eventually(async () => {
      expect(filled.filter(({ from }) => from < 3)).toEqual([]);
      expect(await consumer.positions()).toMatchObject([
        { applied: 3, gapsFilled: filled.length, missing: [1, 2] },
      ]);
    });
    expect(await consumer.countMissing()).toBe(2);
  });

  it('says that its owner was set back, and goes on with it when the head was raised above its cursor', async () => {
    await fixture().start();
    for (const id of ['a', 'b', 'c']) await fixture().send(await fixture().commit(created(id, id)));
    await fixture().untilApplied('a', 'b', 'c');
    const rows = fixture().owner.queries.withTables<MessagingTables>();

    await rows.deleteFrom('topic_log').where('first_sequence', '>', 1).execute();
    await rows.updateTable('topic_counters').set({ head: 1 }).execute();
    await eventually(() => {
      expect(fixture().observer.mismatches).toContainEqual(expect.stringContaining('ends at 1, before 3'));
    });
    await rows.updateTable('topic_counters').set({ head: 3 }).execute();
    await fixture().send(await fixture().commit(created('d', 'd')));

    await fixture().untilApplied('a', 'b', 'c', 'd');
    expect(fixture().observer.lost).toEqual([]);
  });

  it('never applies an event twice when two members of a group get the same messages', async () => {
    const members = await Promise.all(
      [1, 2].map(() =>
        openMessageBus('memory:', { hub: createLocalHub({ clock: systemClock }), clock: systemClock }),
      ),
    );
    for (const member of members) await fixture().start({ bus: member });
    const ids = Array.from({ length: 60 }, (_, index) => `e-${index}`);

    for (const id of ids) {
      const message = await fixture().commit(created(`o-${id}`, id));
      await Promise.all(
        members.map((member) => member.publish({ topic: fixture().topic, partitions: 1 }, [message])),
      );
    }

    await fixture().untilApplied(...ids);
    await Promise.all(members.map((member) => member.close()));
  });
}
