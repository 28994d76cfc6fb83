import { AppError, PermanentError } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { created, messageOf, type ConsumerFixture } from './consumer-fixture';

/** What fails is parked or given up, with what has to wait for it; the rest goes on. */
export function describeDeadLetters(fixture: () => ConsumerFixture): void {
  it('parks a failing event, lets other keys go on and makes its own key wait', async () => {
    const { consumer } = await fixture().start({
      retry: { maxAttempts: 5, backoff: { firstMs: 60_000, maxMs: 60_000 } },
    });
    fixture().beforeEffect = ({ id }) => {
      if (id === 'bad') throw new Error('cannot be applied yet');
    };

    await fixture().send(
      await fixture().commit(created('o-0', 'first'), created('o-1', 'bad'), created('o-2', 'other')),
      await fixture().commit(created('o-1', 'behind'), created('o-3', 'last')),
    );

    await fixture().untilApplied('first', 'other', 'last');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { eventId: 'bad', key: 'o-1', state: 'parked', attempts: 1, reason: 'cannot be applied yet' },
      { eventId: 'behind', key: 'o-1', state: 'parked', attempts: 0 },
    ]);
    expect(await consumer.positions()).toMatchObject([{ applied: 5, parked: 2, inFlight: 0 }]);
  });

  it('applies a parked event when it no longer fails, and then those behind it, in order', async () => {
    await fixture().start();
    let failures = 0;
    fixture().beforeEffect = ({ id }) => {
      if (id === 'bad' && failures < 2) {
        failures += 1;
        throw new Error('not yet');
      }
    };

    await fixture().send(
      await fixture().commit(created('o-1', 'bad')),
      await fixture().commit(created('o-1', 'second'), created('o-1', 'third')),
    );

    await fixture().untilApplied('bad', 'second', 'third');
    await fixture().send(await fixture().commit(created('o-1', 'fourth')));
    await fixture().untilApplied('bad', 'second', 'third', 'fourth');
  });

  it('gives an event up after its last attempt and lets its key go on, when effects commute', async () => {
    const { consumer } = await fixture().start();
    fixture().beforeEffect = ({ id }) => {
      if (id === 'bad') throw new Error('never');
    };

    await fixture().send(await fixture().commit(created('o-1', 'bad'), created('o-1', 'next')));

    await fixture().untilApplied('next');
    expect(await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 })).toMatchObject([
      { eventId: 'bad', attempts: 3, reason: 'never' },
    ]);
    expect(fixture().observer.failures.at(-1)).toMatchObject({ eventId: 'bad', isDead: true, attempts: 3 });
  });

  it('keeps a key blocked behind a dead letter until it is redriven, when order matters', async () => {
    const { consumer } = await fixture().start({ onDeadLetter: 'block' });
    let isBroken = true;
    fixture().beforeEffect = ({ id }) => {
      if (id === 'bad' && isBroken) throw new Error('never');
    };
    await fixture().send(
      await fixture().commit(created('o-1', 'bad'), created('o-1', 'next'), created('o-2', 'other')),
    );
    await eventually(async () => {
      expect(await consumer.positions()).toMatchObject([{ deadLetters: 1, parked: 1 }]);
    });
    await fixture().untilApplied('other');

    isBroken = false;
    expect(await consumer.parked.redrive('all')).toBe(1);

    await fixture().untilApplied('other', 'bad', 'next');
  });

  it('makes an event that no retry can cure a dead letter at once', async () => {
    const { consumer } = await fixture().start();
    fixture().beforeEffect = ({ id }) => {
      if (id === 'bad') throw new PermanentError('the order has no such line');
    };

    await fixture().send(await fixture().commit(created('o-1', 'bad'), created('o-2', 'good')));

    await fixture().untilApplied('good');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { state: 'dead', attempts: 1 },
    ]);
  });

  it('keeps the bytes and the reason of what is no event, and goes on', async () => {
    const { consumer } = await fixture().start();
    const message = await fixture().commit(created('o-1', 'a'));

    await fixture().send(
      { ...message, body: Buffer.from('\u0000not json') },
      await fixture().commit(created('o-2', 'b')),
    );

    await fixture().untilApplied('b');
    const [listed] = await consumer.parked.list({ state: 'dead', limit: 10, offset: 0 });
    const dead = await consumer.parked.find(listed?.id ?? '');
    expect(dead).toMatchObject({ sequence: 1, body: Buffer.from('\u0000not json'), eventId: null });
    expect(dead?.reason).toMatch(/not JSON/);
  });

  it('keeps once what says that it holds a million events, and leaves no event out for it', async () => {
    const { consumer } = await fixture().start();
    const boast = { ...messageOf([]), body: Buffer.from('not json'), count: 2 ** 20 };

    await fixture().send(boast, { ...boast, body: Buffer.from('nor this'), sequence: 1 });
    await fixture().send(await fixture().commit(created('o-1', 'a')));

    await fixture().untilApplied('a');
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toMatchObject([
      { state: 'dead', sequence: undefined },
      { state: 'dead', sequence: undefined },
    ]);
  });

  it('applies a dead letter whose bytes were mended', async () => {
    const { consumer } = await fixture().start();
    const message = await fixture().commit(created('o-1', 'a'));
    await fixture().send({ ...message, body: Buffer.from('{}') });
    const dead = await eventually(async () => {
      const [row] = await consumer.parked.list({ state: 'dead', limit: 1, offset: 0 });
      expect(row).toBeDefined();
      return row;
    });

    await consumer.parked.redrive({ id: dead?.id ?? '', body: message.body });

    await fixture().untilApplied('a');
  });

  it('removes a dead letter for good when it is dropped', async () => {
    const { consumer } = await fixture().start();
    await fixture().send(messageOf([{ ...created('o-1', 'a'), data: {} }], 1));
    await eventually(async () => {
      expect(await consumer.positions()).toMatchObject([{ deadLetters: 1 }]);
    });

    expect(await consumer.parked.drop('all')).toBe(1);

    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toEqual([]);
  });

  it('pauses while a dependency is away, and spends no attempt on it', async () => {
    const { consumer } = await fixture().start({
      retry: { maxAttempts: 1, backoff: { firstMs: 5, maxMs: 5 } },
    });
    let tries = 0;
    fixture().beforeEffect = () => {
      tries += 1;
      if (tries <= 3) throw new AppError('unavailable', 'the price list is away');
    };

    await fixture().send(await fixture().commit(created('o-1', 'a'), created('o-2', 'b')));

    await fixture().untilApplied('a', 'b');
    expect(fixture().observer.failures).toEqual([]);
    expect(await consumer.parked.list({ limit: 10, offset: 0 })).toEqual([]);
  });
}
