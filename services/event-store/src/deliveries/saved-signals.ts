import type { Effect } from './judge-outcome';

/** Tells of deliveries that were written down, in this process. */
export interface SavedSignals {
  readonly tell: (observerId: string, effects: readonly Effect[]) => void;
  /** Returns what ends the listening. */
  listen(listener: (observerId: string, effects: readonly Effect[]) => void): () => void;
}

export function createSavedSignals(): SavedSignals {
  const listeners = new Set<(observerId: string, effects: readonly Effect[]) => void>();
  return {
    tell(observerId, effects) {
      for (const listener of listeners) listener(observerId, effects);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
