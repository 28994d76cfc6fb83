import { eventNameOf } from '@fanfare/contracts';
import type { LogEvent } from '@fanfare/storage';
import { compileObserver, type CompiledObserver } from '../../observers/compile-observer';
import { keepDifferences, toComparable, toShown, type Difference, type DifferenceKind } from './differences';
import type { Candidate } from './replay';
import { noEffects, type ReplayTarget } from './replay-target';

export interface ShadowDeliveryOptions {
  readonly replayId: string;
  readonly candidate: Candidate;
  /** What it is compared with; null when nothing was delivered before. */
  readonly current: Candidate | null;
  /** The current one had nothing behind this position. */
  readonly deliveredUpTo: number;
}

/**
 * Captures what a candidate would be sent, and sends nothing: counts it (`captured`), and compares it with what the current
 * observer gets of the same event (`same`, `new`, `missing`, `changed`).
 */
export function createShadowDelivery(options: ShadowDeliveryOptions): ReplayTarget {
  const { replayId, deliveredUpTo } = options;
  const candidate = compileObserver(options.candidate);
  const current = options.current && compileObserver(options.current);
  const wanted = (logged: LogEvent) =>
    logged.position <= deliveredUpTo && current?.matches(logged) === true ? current : null;

  async function compare(logged: LogEvent): Promise<Comparison> {
    const after = await effectOf(candidate.matches(logged) ? candidate : null, logged);
    const before = await effectOf(wanted(logged), logged);
    return { after, before };
  }

  return {
    concerns: (logged) => candidate.matches(logged) || wanted(logged) !== null,
    beginBatch(found) {
      const differences: Difference[] = [];
      const counts = { captured: 0, same: 0, new: 0, missing: 0, changed: 0 };
      return {
        async take(logged) {
          try {
            const comparison = await compare(logged);
            const kind = kindOf(comparison);
            counts[kind] += 1;
            if (comparison.after !== null) counts.captured += 1;
            if (kind !== 'same') differences.push(toDifference(logged, kind, comparison));
            return [];
          } catch (error) {
            return [`${eventNameOf(logged.event.type)} at ${logged.position}: ${String(error)}`];
          }
        },
        effects: () => ({
          findings: counts,
          write: (tx) => keepDifferences(tx, replayId, differences, found),
        }),
      };
    },
    finish: () => Promise.resolve(noEffects),
  };
}

interface Comparison {
  /** What would be sent, and what is; null for nothing at all. */
  readonly after: string | null;
  readonly before: string | null;
}

async function effectOf(observer: CompiledObserver | null, logged: LogEvent): Promise<string | null> {
  return observer && toComparable(await observer.transform(logged));
}

function kindOf({ after, before }: Comparison): DifferenceKind | 'same' {
  if (after === before) return 'same';
  if (before === null) return 'new';
  return after === null ? 'missing' : 'changed';
}

function toDifference(
  { position, event }: LogEvent,
  kind: DifferenceKind,
  { after, before }: Comparison,
): Difference {
  return {
    kind,
    place: position,
    subject: event.subject ?? null,
    shown: {
      position,
      event_id: event.id,
      type: eventNameOf(event.type),
      before: toShown(before),
      after: toShown(after),
    },
  };
}
