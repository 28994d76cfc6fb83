import { partitionOf } from './partition';

describe('partitionOf', () => {
  it('never changes: these keys have been sent to these partitions', () => {
    const keys = ['', 'a', 'order-1', '0198c0de-0000-7000-8000-000000000001', 'Ünïcode ✓'];

    expect(keys.map((key) => partitionOf(key, 4))).toEqual([1, 0, 1, 3, 0]);
    expect(keys.map((key) => partitionOf(key, 1))).toEqual([0, 0, 0, 0, 0]);
  });

  it('spreads keys evenly', () => {
    const counts = [0, 0, 0, 0];

    for (let key = 0; key < 10_000; key += 1) {
      const partition = partitionOf(`order-${key}`, 4);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }

    expect(Math.min(...counts)).toBeGreaterThan(2_250);
  });
});
