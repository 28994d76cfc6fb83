import { jobFailed, jobFailedV1, orderCreated } from '@fanfare/contracts';
import { sampleOf } from '@fanfare/contracts/testing';
import { AppError, PermanentError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { itWhen } from '@fanfare/storage/testing';
import { createLocalHub } from '../adapters/local-hub';
import { openMessageBus } from '../adapters/open-message-bus';
import {
  created,
  createConsumerFixture,
  messageOf,
  type ConsumerFixture,
  type ConsumerUnderTest,
} from './consumer-fixture';
import { describeConsumerRetries } from './consumer-retries.contract';
import { orderCancelledEvent, systemClock } from './messaging-fixture';

/** What the pipeline promises above every bus and on every database: the same rules for retries and dead letters. */
export function describeConsumerContract(underTest: ConsumerUnderTest): void {
  let fixture: ConsumerFixture;

  beforeEach(async () => {
    fixture = await createConsumerFixture(underTest);
  });
  afterEach(() => fixture.close());

  describeConsumerRetries(() => fixture);

  it('applies the events of its topic in order', async () => {
    await fixture.start();

    await fixture.send(
      await fixture.commit(created('o-1', 'a'), created('o-2', 'b')),
      await fixture.commit(created('o-3', 'c')),
    );

    await fixture.untilApplied('a', 'b', 'c');
  });

  it('applies an event once, however often the bus delivers it', async () => {
    await fixture.start();
    const message = await fixture.commit(created('o-1', 'a'), created('o-2', 'b'));

    await fixture.send(message, message);
    await fixture.untilApplied('a', 'b');
    await fixture.send(message, await fixture.commit(created('o-3', 'c')));

    await fixture.untilApplied('a', 'b', 'c');
    // at least: a bus may deliver once more what it was given
    const [applied, ...others] = [...fixture.resultsOf('a')].sort();
    expect(applied).toBe('applied');
    expect(others.length).toBeGreaterThanOrEqual(2);
    expect(new Set(others)).toEqual(new Set(['duplicate']));
  });

  it('fetches what the bus skipped from the feed, in order, and reports the gap', async () => {
    const { consumer } = await fixture.start();
    await fixture.send(await fixture.commit(created('o-1', 'a')));
    await fixture.untilApplied('a');
    await fixture.commit(created('o-2', 'b'), created('o-3', 'c'));

    await fixture.send(await fixture.commit(created('o-4', 'd')));

    await fixture.untilApplied('a', 'b', 'c', 'd');
    // where the bus is slow, the look at the owner's head is what finds it, and perhaps the first event, too
    const { filled } = fixture.observer;
    expect(filled.filter(({ from, to }) => from <= 2 && to >= 3)).toHaveLength(1);
    const gapsFilled = filled.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    expect(await consumer.positions()).toMatchObject([{ applied: 4, head: 4, gapsFilled, missing: [] }]);
  });

  it('gets what was placed before it ever ran, with nothing on the bus', async () => {
    await fixture.commit(created('o-1', 'a'), created('o-2', 'b'));

    await fixture.start();

    await fixture.untilApplied('a', 'b');
    await eventually(() => {
      expect(fixture.observer.filled).toMatchObject([{ from: 1, to: 2, cause: 'catch_up' }]);
    });
  });

  it('goes on after its cursor when it is started again', async () => {
    const first = await fixture.start();
    await fixture.send(await fixture.commit(created('o-1', 'a')));
    await fixture.untilApplied('a');
    await first.stop();
    const missed = await fixture.commit(created('o-2', 'b'));

    await fixture.start();
    await fixture.send(missed, await fixture.commit(created('o-3', 'c')));

    await fixture.untilApplied('a', 'b', 'c');
  });

  itWhen(underTest.kind.handlesSome)('passes over events that it does not handle', async () => {
    await fixture.start({ handled: [orderCreated] });
    const cancelled = orderCancelledEvent('o-1');

    await fixture.send(await fixture.commit(created('o-1', 'a'), cancelled, created('o-2', 'b')));

    await fixture.untilApplied('a', 'b');
    expect(fixture.resultsOf(cancelled.id)).toEqual(['ignored']);
  });

  itWhen(underTest.kind.handlesSome)('hands over an event of an old version in the newest', async () => {
    await fixture.start({ handled: [jobFailed] });
    const types: string[] = [];
    fixture.beforeEffect = ({ type }) => void types.push(type);

    await fixture.send(
      await fixture.commit({ ...sampleOf(jobFailedV1), id: 'old' }, { ...sampleOf(jobFailed), id: 'new' }),
    );

    await fixture.untilApplied('old', 'new');
    expect(types).toEqual([jobFailed.type, jobFailed.type]);
  });

  itWhen(underTest.kind.handlesSome)(
    'cannot be made for a version that is lifted to a newer one',
    async () => {
      await expect(fixture.start({ handled: [jobFailedV1] })).rejects.toThrow(`read as ${jobFailed.type}`);
    },
  );

  it('takes a foreign event without a sequence once', async () => {
    await fixture.start();
    const foreign = messageOf([created('o-1', 'x')]);

    await fixture.send(foreign, foreign, messageOf([created('o-2', 'y'), created('o-2', 'y')]));

    await fixture.untilApplied('x', 'y');
    await eventually(() => {
      expect(fixture.resultsOf('y')).toEqual(['applied', 'duplicate']);
    });
    const [applied, ...others] = fixture.resultsOf('x');
    expect([applied, new Set(others)]).toEqual(['applied', new Set(['duplicate'])]);
  });

  it('keeps the events of two producers that number them alike apart', async () => {
    const { consumer } = await fixture.start({
      retry: { maxAttempts: 5, backoff: { firstMs: 60_000, maxMs: 60_000 } },
    });
    fixture.beforeEffect = () => {
      throw new Error('cannot be applied yet');
    };

    await fixture.send(
      messageOf([{ ...created('o-1', '1'), source: '/shop-a' }]),
      messageOf([{ ...created('o-2', '1'), source: '/shop-b' }]),
    );

    await eventually(async () => {
      const kept = await consumer.parked.list({ limit: 10, offset: 0 });
      expect(kept.map(({ eventId, key }) => `${key}: ${eventId}`).sort()).toEqual(['o-1: 1', 'o-2: 1']);
    });
  });

  it('parks a failing event, lets other keys go on and makes its own key wait', async () => {
    const { consumer } = await fixture.start({
      retry: { maxAttempts: 5, backoff: { firstMs: 60_000, maxMs: 60_000 } },
    });
    fixture.beforeEffect = ({ id }) => {
      if (id === 'bad') throw new Error('cannot be applied yet');
    };

    await fixture.send(
      await fixture.commit(created('o-0', 'first'), created('o-1', 'bad'), created('o-2', 'other')),
      await fixture.commit(created('o-1', 'behind'), created('o-3', 'last')),
    );

    await fixture.untilApplied('first', 'other', 'last');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { eventId: 'bad', key: 'o-1', state: 'parked', attempts: 1, reason: 'cannot be applied yet' },
      { eventId: 'behind', key: 'o-1', state: 'parked', attempts: 0 },
    ]);
    expect(await consumer.positions()).toMatchObject([{ applied: 5, parked: 2, inFlight: 0 }]);
  });

  it('applies a parked event when it no longer fails, and then those behind it, in order', async () => {
    await fixture.start();
    let failures = 0;
    fixture.beforeEffect = ({ id }) => {
      if (id === 'bad' && failures < 2) {
        failures += 1;
        throw new Error('not yet');
      }
    };

    await fixture.send(
      await fixture.commit(created('o-1', 'bad')),
      await fixture.commit(created('o-1', 'second'), created('o-1', 'third')),
    );

    await fixture.untilApplied('bad', 'second', 'third');
    await fixture.send(await fixture.commit(created('o-1', 'fourth')));
    await fixture.untilApplied('bad', 'second', 'third', 'fourth');
  });

  it('gives an event up after its last attempt and lets its key go on, when effects commute', async () => {
    const { consumer } = await fixture.start();
    fixture.beforeEffect = ({ id }) => {
      if (id === 'bad') throw new Error('never');
    };

    await fixture.send(await fixture.commit(created('o-1', 'bad'), created('o-1', 'next')));

    await fixture.untilApplied('next');
    expect(await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 })).toMatchObject([
      { eventId: 'bad', attempts: 3, reason: 'never' },
    ]);
    expect(fixture.observer.failures.at(-1)).toMatchObject({ eventId: 'bad', isDead: true, attempts: 3 });
  });

  it('keeps a key blocked behind a dead letter until it is redriven, when order matters', async () => {
    const { consumer } = await fixture.start({ onDeadLetter: 'block' });
    let isBroken = true;
    fixture.beforeEffect = ({ id }) => {
      if (id === 'bad' && isBroken) throw new Error('never');
    };
    await fixture.send(
      await fixture.commit(created('o-1', 'bad'), created('o-1', 'next'), created('o-2', 'other')),
    );
    await eventually(async () => {
      expect(await consumer.positions()).toMatchObject([{ deadLetters: 1, parked: 1 }]);
    });
    await fixture.untilApplied('other');

    isBroken = false;
    expect(await consumer.parked.redrive('all')).toBe(1);

    await fixture.untilApplied('other', 'bad', 'next');
  });

  it('makes an event that no retry can cure a dead letter at once', async () => {
    const { consumer } = await fixture.start();
    fixture.beforeEffect = ({ id }) => {
      if (id === 'bad') throw new PermanentError('the order has no such line');
    };

    await fixture.send(await fixture.commit(created('o-1', 'bad'), created('o-2', 'good')));

    await fixture.untilApplied('good');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { state: 'dead', attempts: 1 },
    ]);
  });

  it('keeps the bytes and the reason of what is no event, and goes on', async () => {
    const { consumer } = await fixture.start();
    const message = await fixture.commit(created('o-1', 'a'));

    await fixture.send(
      { ...message, body: Buffer.from('\u0000not json') },
      await fixture.commit(created('o-2', 'b')),
    );

    await fixture.untilApplied('b');
    const [dead] = await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 });
    expect(dead).toMatchObject({ sequence: 1, body: Buffer.from('\u0000not json'), eventId: null });
    expect(dead?.reason).toMatch(/not JSON/);
  });

  it('keeps once what says that it holds a million events, and leaves no event out for it', async () => {
    const { consumer } = await fixture.start();
    const boast = { ...messageOf([]), body: Buffer.from('not json'), count: 2 ** 20 };

    await fixture.send(boast, { ...boast, body: Buffer.from('nor this'), sequence: 1 });
    await fixture.send(await fixture.commit(created('o-1', 'a')));

    await fixture.untilApplied('a');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { state: 'dead', sequence: undefined },
      { state: 'dead', sequence: undefined },
    ]);
  });

  it('applies a dead letter whose bytes were mended', async () => {
    const { consumer } = await fixture.start();
    const message = await fixture.commit(created('o-1', 'a'));
    await fixture.send({ ...message, body: Buffer.from('{}') });
    const dead = await eventually(async () => {
      const [row] = await consumer.parked.list({ state: 'dead', limit: 1, offset: 0 });
      expect(row).toBeDefined();
      return row;
    });

    await consumer.parked.redrive({ id: dead?.id ?? '', body: message.body });

    await fixture.untilApplied('a');
  });

  it('removes a dead letter for good when it is dropped', async () => {
    const { consumer } = await fixture.start();
    await fixture.send(messageOf([{ ...created('o-1', 'a'), data: {} }], 1));
    await eventually(async () => {
      expect(await consumer.positions()).toMatchObject([{ deadLetters: 1 }]);
    });

    expect(await consumer.parked.drop('all')).toBe(1);

    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toEqual([]);
  });

  it('pauses while a dependency is away, and spends no attempt on it', async () => {
    const { consumer } = await fixture.start({
      retry: { maxAttempts: 1, backoff: { firstMs: 5, maxMs: 5 } },
    });
    let tries = 0;
    fixture.beforeEffect = () => {
      tries += 1;
      if (tries <= 3) throw new AppError('unavailable', 'the price list is away');
    };

    await fixture.send(await fixture.commit(created('o-1', 'a'), created('o-2', 'b')));

    await fixture.untilApplied('a', 'b');
    expect(fixture.observer.failures).toEqual([]);
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toEqual([]);
  });

  it('records as lost what the owner no longer keeps, and goes on', async () => {
    await fixture.commit(created('o-1', 'a'), created('o-2', 'b'));
    await fixture.owner.queries
      .withTables<{ topic_log: { topic: string } }>()
      .deleteFrom('topic_log')
      .execute();
    const { consumer } = await fixture.start();

    await fixture.send(await fixture.commit(created('o-3', 'c')));

    await fixture.untilApplied('c');
    expect(fixture.observer.lost).toMatchObject([{ from: 1, to: 2 }]);
    expect(await consumer.positions()).toMatchObject([{ applied: 3, missing: [1, 2] }]);
    expect(await consumer.countMissing()).toBe(2);
  });

  it('never applies an event twice when two members of a group get the same messages', async () => {
    const members = await Promise.all(
      [1, 2].map(() =>
        openMessageBus('memory:', { hub: createLocalHub({ clock: systemClock }), clock: systemClock }),
      ),
    );
    for (const member of members) await fixture.start({ bus: member });
    const ids = Array.from({ length: 60 }, (_, index) => `e-${index}`);

    for (const id of ids) {
      const message = await fixture.commit(created(`o-${id}`, id));
      await Promise.all(
        members.map((member) => member.publish({ topic: fixture.topic, partitions: 1 }, [message])),
      );
    }

    await fixture.untilApplied(...ids);
    await Promise.all(members.map((member) => member.close()));
  });
}
