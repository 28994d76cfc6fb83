import type { Draw } from './draw';

/** What goes wrong with one try of a command. */
export type Mishap =
  | 'none'
  /** It is refused, for good. */
  | 'refusal'
  /** Nothing happens, and the answer says that it may be tried again. */
  | 'outage'
  /** It is done, and the answer comes after the time limit. */
  | 'late-answer'
  /** It is done after the time limit. */
  | 'late-effect'
  /** It is done once, and answered twice. */
  | 'double-answer';

export interface Rates {
  readonly failureRate: number;
  readonly timeoutRate: number;
  readonly duplicateRate: number;
}

export interface Try {
  readonly id: string;
  readonly attempt: string;
  readonly kind: 'do' | 'undo';
}

/** Chooses; each rate counts of all tries, and what leads beyond 1 is cut off. Nobody may refuse to take something back. */
export function chooseMishap({ id, attempt, kind }: Try, rates: Rates, draw: Draw): Mishap {
  const { failureRate, timeoutRate, duplicateRate } = rates;
  const chance = draw(`${id}:${attempt}`);
  const isHeads = draw(`${id}:${attempt}:coin`) < 0.5;
  if (chance < failureRate) return isHeads && kind === 'do' ? 'refusal' : 'outage';
  if (chance < failureRate + timeoutRate) return isHeads ? 'late-answer' : 'late-effect';
  return chance < failureRate + timeoutRate + duplicateRate ? 'double-answer' : 'none';
}
