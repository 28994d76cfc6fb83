import type { Fact } from './to-facts';

/** The facts that came last, in order, up to a number of bytes. */
export interface NewestFacts {
  /** Sequence of the last one. */
  readonly last: number;
  /** What came up to here is not kept any more. */
  readonly floor: number;
  add(facts: readonly Fact[]): void;
  after(sequence: number): readonly Fact[];
  /** Keeps nothing but what comes after `sequence`. */
  restart(sequence: number): void;
}

export function createNewestFacts(maxBytes: number): NewestFacts {
  let kept: Fact[] = [];
  let bytes = 0;
  let floor = 0;
  let last = 0;

  function dropSurplus(): void {
    let surplus = 0;
    for (const { sequence, frame } of kept) {
      if (bytes <= maxBytes) break;
      bytes -= frame.length;
      floor = sequence;
      surplus += 1;
    }
    kept.splice(0, surplus);
  }

  return {
    get last() {
      return last;
    },
    get floor() {
      return floor;
    },
    add(facts) {
      for (const fact of facts) {
        kept.push(fact);
        bytes += fact.frame.length;
        last = fact.sequence;
      }
      dropSurplus();
    },
    // whoever follows is near the end
    after: (sequence) => kept.slice(kept.findLastIndex((fact) => fact.sequence <= sequence) + 1),
    restart(sequence) {
      kept = [];
      bytes = 0;
      floor = last = sequence;
    },
  };
}
