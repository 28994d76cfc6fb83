import type { LogRow } from '../outbox/topic-log-rows';
import { createFreshRows } from './fresh-rows';

/** A row of two events. */
function rowAt(firstSequence: number, part = 0, length = 10): LogRow {
  return {
    part,
    first_sequence: firstSequence,
    event_count: 2,
    first_id: `e-${firstSequence}`,
    events: 'x'.repeat(length),
  };
}

const sequencesOf = (rows: readonly LogRow[]) => rows.map(({ first_sequence }) => first_sequence);

describe('fresh rows', () => {
  it('are those that follow right after what was published', () => {
    const fresh = createFreshRows();
    fresh.add([rowAt(1), rowAt(3)]);
    fresh.add([rowAt(5)]);

    expect(sequencesOf(fresh.take(0, 2, 10))).toEqual([3, 5]);
    expect(sequencesOf(fresh.take(0, 2, 1))).toEqual([3]);
  });

  it('end where another instance has appended between them', () => {
    const fresh = createFreshRows();
    fresh.add([rowAt(1), rowAt(5)]);

    expect(sequencesOf(fresh.take(0, 0, 10))).toEqual([1]);
    expect(sequencesOf(fresh.take(0, 2, 10))).toEqual([]);
    expect(sequencesOf(fresh.take(0, 4, 10))).toEqual([5]);
  });

  it('are in order, whichever commit is told of first', () => {
    const fresh = createFreshRows();
    fresh.add([rowAt(3)]);
    fresh.add([rowAt(1)]);

    expect(sequencesOf(fresh.take(0, 0, 10))).toEqual([1, 3]);
  });

  it('are kept apart by partition', () => {
    const fresh = createFreshRows();
    fresh.add([rowAt(1, 0), rowAt(1, 1), rowAt(3, 1)]);

    expect(sequencesOf(fresh.take(1, 0, 10))).toEqual([1, 3]);
    expect(sequencesOf(fresh.take(2, 0, 10))).toEqual([]);
  });

  it('never grow without bound while nobody takes them', () => {
    const fresh = createFreshRows();
    for (let row = 0; row < 1_000; row += 1) fresh.add([rowAt(1 + 2 * row, 0, 100_000)]);

    expect(fresh.take(0, 0, 1_000)).toEqual([]);
    expect(fresh.take(0, 1_998, 1_000)).toHaveLength(1);
  });
});
