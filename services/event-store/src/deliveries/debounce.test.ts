import { createDebounce } from './debounce';
import { loggedEvent } from './testing/logged-event';

function setUp(maxWaitMs: number | null = null) {
  const debounce = createDebounce({ debounce: { key: 'customer', periodMs: 1_000, maxWaitMs } });
  if (!debounce) throw new Error('there is no debounce');
  const logged = (position: number, customer: string) => loggedEvent(position, { data: { customer } });
  return {
    isSuperseded: debounce.isSuperseded,
    enter: (position: number, customer: string, nowMs: number) => {
      const { heldUntil, superseded } = debounce.enter(logged(position, customer), new Date(nowMs));
      return [heldUntil.getTime(), superseded?.position ?? null];
    },
    heldUntil: (position: number, customer: string, nowMs: number) =>
      debounce.heldUntil(logged(position, customer), new Date(nowMs))?.getTime() ?? null,
  };
}

describe('a debounce', () => {
  it('holds the last event of each key, in the place of the one before, until none has followed', () => {
    const { enter, heldUntil, isSuperseded } = setUp();

    expect(enter(1, 'a', 0)).toEqual([1_000, null]);
    expect(enter(2, 'b', 100)).toEqual([1_100, null]);
    expect(enter(3, 'a', 999)).toEqual([1_999, 1]);
    expect([isSuperseded(1), isSuperseded(2), isSuperseded(3)]).toEqual([true, false, false]);
    expect([heldUntil(2, 'b', 1_100), heldUntil(3, 'a', 1_998), heldUntil(3, 'a', 1_999)]).toEqual([
      ...[null, 1_999],
      null,
    ]);
  });

  it('lets nothing come in the place of an event that is on its way', () => {
    const { enter, heldUntil, isSuperseded } = setUp();
    enter(1, 'a', 0);
    expect(heldUntil(1, 'a', 1_000)).toBeNull();

    expect(enter(2, 'a', 1_000)).toEqual([2_000, null]);

    expect(isSuperseded(1)).toBe(false);
  });

  it('puts nothing off for longer than it may', () => {
    const { enter, heldUntil } = setUp(1_500);

    expect([enter(1, 'a', 0), enter(2, 'a', 900), enter(3, 'a', 1_400)]).toEqual([
      [1_000, null],
      [1_500, 1],
      [1_500, 2],
    ]);
    expect(heldUntil(3, 'a', 1_500)).toBeNull();
    expect(enter(4, 'a', 1_600)).toEqual([2_600, null]);
  });

  it('holds back none that it has not seen come, such as those from before a restart', () => {
    expect(setUp().heldUntil(1, 'a', 0)).toBeNull();
  });

  it('is none unless it is asked for', () => {
    expect(createDebounce({ debounce: null })).toBeNull();
  });
});
