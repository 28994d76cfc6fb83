import { keepTrying, type Clock } from '@fanfare/core';

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

const retryBackoff = { firstMs: 100, maxMs: 1_000 };

export function createUntoldChanges(options: UntoldChangesOptions): UntoldChanges {
  const { tell, clock, maxUntold, forgetAfterMs } = options;
  const changes = new Map<string, number>();
  let trustNothingUntilMs = -Infinity;
  let wakeTeller: (() => void) | undefined;

  async function tellAll(): Promise<void> {
    for (const [id, newVersion] of changes) {
      await tell(id, newVersion);
      // it may have changed again meanwhile
      if (changes.get(id) === newVersion) changes.delete(id);
    }
  }

  function waitForChange(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      wakeTeller = wake;
      if (changes.size > 0 || signal.aborted) wake();
    });
  }

  return {
    add(id, newVersion) {
      const known = changes.get(id);
      // an earlier change may fail to be told after a later one
      if (known !== undefined) changes.set(id, Math.max(known, newVersion));
      else if (changes.size < maxUntold) changes.set(id, newVersion);
      else trustNothingUntilMs = clock.elapsedMs() + forgetAfterMs;
      wakeTeller?.();
    },
    minVersionOf(id) {
      if (clock.elapsedMs() < trustNothingUntilMs) return Infinity;
      return changes.size === 0 ? 0 : (changes.get(id) ?? 0);
    },
    teller: {
      name: 'order-cache',
      async run(signal) {
        while (!signal.aborted) {
          await waitForChange(signal);
          await keepTrying(tellAll, { clock, signal, backoff: retryBackoff });
        }
      },
    },
  };
}
