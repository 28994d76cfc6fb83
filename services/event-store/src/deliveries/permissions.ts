import {
  createRateGate,
  performHandshake,
  type AllowedRate,
  type HandshakeResult,
  type RateGate,
} from '@fanfare/cloudevents';
import { computeBackoffDelayMs, createMutex, type Clock } from '@fanfare/core';
import type { Observer } from '../observers/observer';
import { assertAllowedHost, createGuardedLookup, type AllowsAddress } from './guarded-lookup';
import type { HandshakeStore } from './handshake-store';

/** A receiver's permission to be sent events, which it must give before the first one when its observer says so. */
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

export interface PermissionsDeps {
  readonly store: HandshakeStore;
  readonly clock: Clock;
  /** Hard to guess. */
  readonly newToken: () => string;
  readonly random: () => number;
  readonly allowsAddress: AllowsAddress;
  /** Who asks: the same DNS name for all instances. */
  readonly origin: string;
  /** Where a receiver can answer later; undefined when it cannot reach this service. */
  readonly callbackUrl: ((token: string) => string) | undefined;
}

export type CreatePermission = (observer: Observer) => Permission;

const backoff = { firstMs: 1_000, maxMs: 30_000 };

const always: Permission = {
  permit: () => Promise.resolve(),
  isRefused: () => false,
  ask: () => Promise.resolve(null),
  headers: () => ({}),
};

/** Makes what asks receivers for permission (CloudEvents web hooks, §4.1), and remembers it for as long as they stay where they are. */
export function createPermissions(deps: PermissionsDeps): CreatePermission {
  return function createPermission(observer) {
    const { endpoint, handshake } = observer;
    return handshake === 'off' || endpoint === null ? always : askFor(observer, endpoint, deps);
  };
}

function askFor(observer: Observer, endpoint: string, deps: PermissionsDeps): Permission {
  const { store, clock, origin, random } = deps;
  const asking = createMutex();
  let pace: RateGate | undefined;
  let refusal: string | null = null;

  function grant(rate: AllowedRate): void {
    refusal = null;
    pace = createRateGate(rate, clock);
  }

  async function askNow(signal: AbortSignal): Promise<string | null> {
    if (pace) return null;
    const known = await store.find(observer.id);
    const isSame = known?.endpoint === endpoint;
    if (isSame && known.rate !== null) {
      grant(known.rate);
      return null;
    }
    const token = isSame ? known.token : deps.newToken();
    const record = { observerId: observer.id, endpoint, token };
    if (!isSame) await store.put({ ...record, rate: null });
    const result = await perform(observer, endpoint, { ...deps, token, signal });
    if (result.outcome === 'granted') {
      await store.put({ ...record, rate: result.rate });
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

async function perform(
  { rateLimit, timeoutMs }: Observer,
  endpoint: string,
  { clock, origin, allowsAddress, callbackUrl, token, signal }: PermissionsDeps & AskOptions,
): Promise<HandshakeResult> {
  try {
    assertAllowedHost(endpoint, allowsAddress);
    return await performHandshake(endpoint, {
      ...{ clock, origin, timeoutMs, signal },
      lookup: createGuardedLookup(allowsAddress),
      ...(rateLimit && { rate: requestedRate(rateLimit) }),
      ...(callbackUrl && { callback: callbackUrl(token) }),
    });
  } catch (error) {
    return { outcome: 'undelivered', cause: error instanceof Error ? error : new Error(String(error)) };
  }
}

interface AskOptions {
  readonly token: string;
  readonly signal: AbortSignal;
}

/** In requests per minute, as a handshake has it. */
export function requestedRate({ perSecond }: NonNullable<Observer['rateLimit']>): number {
  return Math.max(1, Math.round(perSecond * 60));
}

function reasonOf(result: Exclude<HandshakeResult, { readonly outcome: 'granted' }>): string {
  const why = result.outcome === 'undelivered' ? result.cause.message : result.reason;
  return `the receiver has not permitted to be sent events: ${why}`;
}
