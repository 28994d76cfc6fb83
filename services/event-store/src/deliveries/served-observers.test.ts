import { AppError, createVirtualClock } from '@fanfare/core';
import { newObserver, type Observer } from '../observers/observer';
import { createServedObservers } from './served-observers';

const observer = (id: string): Observer => ({
  ...newObserver(id, new Date(0)),
  eventTypes: ['*'],
});

describe('the observers that can be served', () => {
  const clock = createVirtualClock();
  let all: () => Promise<readonly Observer[]>;
  let looks = 0;
  const open = () =>
    createServedObservers({ all: () => ((looks += 1), all()), localHandlerOf: () => undefined }, clock);

  it('are those of this moment, and many who ask at once cost two looks', async () => {
    all = () => Promise.resolve([observer('a')]);
    const observers = open();
    expect([...(await observers.current()).keys()]).toEqual(['a']);
    all = () => Promise.resolve([observer('a'), observer('b')]);
    looks = 0;

    const answers = await Promise.all(Array.from({ length: 100 }, () => observers.current()));

    for (const known of answers) expect([...known.keys()]).toEqual(['a', 'b']);
    expect(looks).toBeLessThanOrEqual(2);
  });

  it('are those that were known last when the database is away, or does not answer within a second', async () => {
    all = () => Promise.resolve([observer('a')]);
    const observers = open();
    await observers.current();
    all = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    expect([...(await observers.current()).keys()]).toEqual(['a']);
    all = () => new Promise(() => undefined);

    const known = observers.current();
    await clock.advance(1_000);

    expect([...(await known).keys()]).toEqual(['a']);
  });
});
