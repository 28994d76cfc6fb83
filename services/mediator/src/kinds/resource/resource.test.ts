import { availableOf, mayHave, usedOf, type Resource } from './resource';

const pool: Resource = { id: 'pool', name: 'pool', type: null, capacity: 100, usedOutside: 50 };

describe('a resource', () => {
  it.each([
    [0, 50, 50],
    [30, 80, 20],
    [50, 100, 0],
    // its capacity was made smaller
    [70, 120, 0],
  ])(
    'of 100, 50 of them taken outside and %d by leases, has %d used and %d to give',
    (held, used, available) => {
      expect([usedOf(pool, { held }), availableOf(pool, { held })]).toEqual([used, available]);
    },
  );

  it.each([
    ['gives what is left', 20, 0, true],
    ['gives no more than is left', 21, 0, false],
    ['lets nobody overtake', 1, 1, false],
  ])('%s: %d, with %d before', (_, amount, before, isGiven) => {
    expect(mayHave(pool, { held: 30 }, { amount, before })).toBe(isGiven);
  });
});
