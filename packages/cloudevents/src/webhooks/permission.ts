import { computeBackoffDelayMs, createMutex, toError, type Clock } from '@fanfare/core';
import { performHandshake, type HandshakeResult, type PerformHandshakeOptions } from './perform-handshake';
import { createRateGate, type AllowedRate, type RateGate } from './rate-gate';

/** A receiver's permission to be sent events, which some must give before the first one. */
export interface Permission {
  /** Resolves when it is given and its rate lets one more request go, or when `stopping` aborts. */
  readonly permit: (stopping: AbortSignal) => Promise<void>;
  /** Whether it was asked for and not given yet. */
  readonly isRefused: () => boolean;
  /** Asks unless it is given already; says why it is not. */
  readonly ask: (signal: AbortSignal) => Promise<string | null>;
  /** Go with each request. */
  readonly headers: () => Readonly<Record<string, string>>;
}

/** What is known of a receiver that has been asked before, or is about to be. */
export interface KnownPermission {
  /** Null until it has permitted anything. */
  readonly rate: AllowedRate | null;
  /** Where it may answer later. */
  readonly callback?: string | undefined;
}

export interface PermissionOptions extends Pick<
  PerformHandshakeOptions,
  'origin' | 'rate' | 'timeoutMs' | 'allowsAddress'
> {
  readonly clock: Clock;
  readonly random: () => number;
  /** What others may know already; nothing unless given. */
  readonly recall?: () => Promise<KnownPermission>;
  /** Lets others know. */
  readonly remember?: (rate: AllowedRate) => Promise<void>;
}

/** Of a receiver that need not be asked. */
export const standingPermission: Permission = {
  permit: () => Promise.resolve(),
  isRefused: () => false,
  ask: () => Promise.resolve(null),
  headers: () => ({}),
};

const backoff = { firstMs: 1_000, maxMs: 30_000 };
const unknown: KnownPermission = { rate: null };

/** Asks a receiver for permission (CloudEvents web hooks, §4.1) until it gives it, and keeps to the rate that it allows. */
export function createPermission(endpoint: string, options: PermissionOptions): Permission {
  const { clock, origin, random, recall, remember } = options;
  const asking = createMutex();
  let pace: RateGate | undefined;
  let refusal: string | null = null;

  function grant(rate: AllowedRate): void {
    refusal = null;
    pace = createRateGate(rate, clock);
  }

  async function askNow(signal: AbortSignal): Promise<string | null> {
    if (pace) return null;
    const { rate, callback } = (await recall?.()) ?? unknown;
    if (rate !== null) {
      grant(rate);
      return null;
    }
    const result = await perform(endpoint, { ...options, callback, signal });
    if (result.outcome === 'granted') {
      await remember?.(result.rate);
      grant(result.rate);
    } else refusal = reasonOf(result);
    return refusal;
  }

  const ask = (signal: AbortSignal) => asking.run(() => askNow(signal));
  return {
    ask,
    isRefused: () => refusal !== null,
    headers: () => ({ 'webhook-request-origin': origin }),
    async permit(stopping) {
      for (let failures = 1; !stopping.aborted && (await ask(stopping)) !== null; failures += 1) {
        await clock.sleep(computeBackoffDelayMs(failures, backoff, random), stopping);
      }
      await pace?.(stopping);
    },
  };
}

async function perform(endpoint: string, options: PerformHandshakeOptions): Promise<HandshakeResult> {
  try {
    return await performHandshake(endpoint, options);
  } catch (thrown) {
    return { outcome: 'undelivered', cause: toError(thrown) };
  }
}

function reasonOf(result: Exclude<HandshakeResult, { readonly outcome: 'granted' }>): string {
  const why = result.outcome === 'undelivered' ? result.cause.message : result.reason;
  return `the receiver has not permitted to be sent events: ${why}`;
}
