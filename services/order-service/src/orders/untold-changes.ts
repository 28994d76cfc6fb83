import type { Clock } from '@fanfare/core';

/** Changes of which the cache could not be told yet. Bounded. */
export interface UntoldChanges {
  add(id: string, newVersion: number): void;
  /** The version that the order must have by now; 0 when the cache can be trusted. */
  minVersionOf(id: string): number;
  readonly teller: { readonly name: string; run(signal: AbortSignal): Promise<void> };
}

export interface UntoldChangesOptions {
  /** Tells the cache; rejects while it is away. */
  readonly tell: (id: string, newVersion: number) => Promise<unknown>;
  readonly clock: Clock;
  readonly maxUntold: number;
  /** After this time the cache has forgotten by itself what it was not told. */
  readonly forgetAfterMs: number;
}

const retryEveryMs = 250;

export function createUntoldChanges({
  tell,
  clock,
  maxUntold,
  forgetAfterMs,
}: UntoldChangesOptions): UntoldChanges {
  const changes = new Map<string, number>();
  let trustNothingUntilMs = -Infinity;

  /** Stops at the first failure: the cache is still away. */
  async function tellAll(): Promise<void> {
    for (const [id, newVersion] of changes) {
      try {
        await tell(id, newVersion);
      } catch {
        return;
      }
      // it may have changed again meanwhile
      if (changes.get(id) === newVersion) changes.delete(id);
    }
  }

  return {
    add(id, newVersion) {
      if (changes.size < maxUntold || changes.has(id)) changes.set(id, newVersion);
      else trustNothingUntilMs = clock.elapsedMs() + forgetAfterMs;
    },
    minVersionOf(id) {
      if (clock.elapsedMs() < trustNothingUntilMs) return Infinity;
      return changes.size === 0 ? 0 : (changes.get(id) ?? 0);
    },
    teller: {
      name: 'order-cache',
      async run(signal) {
        while (!signal.aborted) {
          await tellAll();
          await clock.sleep(retryEveryMs, signal);
        }
      },
    },
  };
}
