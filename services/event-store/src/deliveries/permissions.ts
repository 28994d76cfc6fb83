import {
  createPermission,
  standingPermission,
  type AllowsAddress,
  type KnownPermission,
  type Permission,
} from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import type { Observer } from '../observers/observer';
import type { HandshakeRecord, HandshakeStore } from './handshake-store';

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

/** Makes what asks observers for permission, and remembers it for as long as they stay where they are. */
export function createPermissions({
  store,
  newToken,
  callbackUrl,
  ...common
}: PermissionsDeps): CreatePermission {
  async function recall({ id: observerId }: Observer, endpoint: string): Promise<HandshakeRecord> {
    const known = await store.find(observerId);
    if (known?.endpoint === endpoint) return known;
    const record = { observerId, endpoint, token: newToken(), rate: null };
    await store.put(record);
    return record;
  }

  return function createObserverPermission(observer) {
    const { endpoint, handshake, rateLimit, timeoutMs } = observer;
    if (handshake === 'off' || endpoint === null) return standingPermission;
    return createPermission(endpoint, {
      ...common,
      timeoutMs,
      rate: rateLimit ? requestedRate(rateLimit) : undefined,
      async recall(): Promise<KnownPermission> {
        const { rate, token } = await recall(observer, endpoint);
        return { rate, callback: callbackUrl?.(token) };
      },
      async remember(rate) {
        await store.put({ ...(await recall(observer, endpoint)), rate });
      },
    });
  };
}

/** In requests per minute, as a handshake has it. */
export function requestedRate({ perSecond }: NonNullable<Observer['rateLimit']>): number {
  return Math.max(1, Math.round(perSecond * 60));
}
