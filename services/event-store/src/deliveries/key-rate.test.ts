import { createKeyRate } from './key-rate';
import { loggedEvent } from './testing/logged-event';

const rateOf = (perKey: string | null, perSecond = 2) => {
  const rate = createKeyRate({ rateLimit: { perSecond, perKey } });
  if (!rate) throw new Error('there is no rate per key');
  return (position: number, customer: string | undefined, nowMs: number) =>
    rate.heldUntil(loggedEvent(position, { data: { customer } }), new Date(nowMs))?.getTime() ?? null;
};

describe('a rate per key', () => {
  it('gives the events of a key turns one after another, and those of others turns of their own', () => {
    const heldUntil = rateOf('customer');

    expect(heldUntil(1, 'a', 1_000)).toBeNull();
    expect([heldUntil(2, 'a', 1_000), heldUntil(3, 'a', 1_100)]).toEqual([1_500, 2_000]);
    expect(heldUntil(4, 'b', 1_100)).toBeNull();
    expect(heldUntil(2, 'a', 1_499)).toBe(1_500);
    expect(heldUntil(2, 'a', 1_500)).toBeNull();
    expect(heldUntil(3, 'a', 2_500)).toBeNull();
    expect(heldUntil(5, 'a', 2_600)).toBeNull();
    expect(heldUntil(6, 'a', 2_600)).toBe(3_100);
  });

  it('never lets an event go before its turn, also where turns do not fall on milliseconds', () => {
    const heldUntil = rateOf('customer', 3);

    expect([heldUntil(1, 'a', 0), heldUntil(2, 'a', 0), heldUntil(3, 'a', 0)]).toEqual([null, 334, 667]);
    expect(heldUntil(2, 'a', 334)).toBeNull();
  });

  it('counts events without the key by their subjects', () => {
    const heldUntil = rateOf('customer');

    expect([heldUntil(1, undefined, 0), heldUntil(2, undefined, 0)]).toEqual([null, null]);
  });

  it('remembers each key until its next turn has come, however many there are', () => {
    const heldUntil = rateOf('customer');

    for (let position = 1; position <= 5_000; position += 1) heldUntil(position, `c-${position}`, 0);

    expect(heldUntil(5_001, 'c-1', 499)).toBe(500);
    expect(heldUntil(5_002, 'c-2', 501)).toBeNull();
  });

  it('is none for a rate of all events together', () => {
    expect(createKeyRate({ rateLimit: { perSecond: 1, perKey: null } })).toBeNull();
    expect(createKeyRate({ rateLimit: null })).toBeNull();
  });
});
