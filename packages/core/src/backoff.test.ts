import { computeBackoffDelayMs } from './backoff';

const policy = { firstMs: 100, maxMs: 300_000 };

describe('backoff', () => {
  it('doubles its ceiling with every failure, up to the maximum', () => {
    const ceilings = [1, 2, 3, 4, 12, 13, 50].map((failures) =>
      computeBackoffDelayMs(failures, policy, () => 1),
    );

    expect(ceilings).toEqual([100, 200, 400, 800, 204_800, 300_000, 300_000]);
  });

  it('grows by another factor where one is given', () => {
    const ceilings = [1, 2, 3].map((failures) =>
      computeBackoffDelayMs(failures, { ...policy, factor: 1.5 }, () => 1),
    );

    expect(ceilings).toEqual([100, 150, 225]);
  });

  it('never comes down to nothing', () => {
    expect(computeBackoffDelayMs(1, policy, () => 0)).toBe(10);
  });
});
