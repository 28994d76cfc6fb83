import {
  createPermission,
  standingPermission,
  type AllowsAddress,
  type KnownPermission,
  type Permission,
} from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import { parseBrokerEndpoint } from '../observers/broker-endpoint';
import type { Observer, RateLimit } from '../observers/observer';
import type { Destinations } from './brokers/destinations';
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
  readonly destinations: Pick<Destinations, 'findProblem'>;
}

export type CreatePermission = (observer: Observer) => Permission;

/** Makes what asks observers for permission, and remembers it for as long as they stay where they are. */
export function createPermissions({
  store,
  newToken,
  callbackUrl,
  destinations,
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
    const broker = endpoint === null ? null : parseBrokerEndpoint(endpoint);
    const problem = broker && destinations.findProblem(broker);
    if (problem !== null) return withheldBecause(`the endpoint ${problem}`);
    if (handshake === 'off' || endpoint === null) return standingPermission;
    return createPermission(endpoint, {
      ...common,
      timeoutMs,
      rate: rateLimit?.perKey === null ? requestedRate(rateLimit) : undefined,
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
export function requestedRate({ perSecond }: Pick<RateLimit, 'perSecond'>): number {
  return Math.max(1, Math.round(perSecond * 60));
}

/** For an observer whose broker operators have taken away: its events wait, and no attempt is spent, until it is there again. */
function withheldBecause(problem: string): Permission {
  let hasAsked = false;
  return {
    ...standingPermission,
    permit: (stopping) =>
      new Promise((resolve) => {
        hasAsked = true;
        if (stopping.aborted) resolve();
        stopping.addEventListener('abort', () => {
          resolve();
        });
      }),
    isRefused: () => hasAsked,
    ask: () => Promise.resolve(problem),
  };
}
