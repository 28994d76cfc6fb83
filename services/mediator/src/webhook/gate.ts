import {
  createPermission,
  standingPermission,
  type AllowsAddress,
  type Permission,
} from '@fanfare/cloudevents';
import { computeBackoffDelayMs, type Clock } from '@fanfare/core';
import type { Called } from './called';

export interface GateDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly allowsAddress: AllowsAddress;
  /** The DNS name by which those who want to be asked know this system. */
  readonly origin: string;
  /** Told why an endpoint has not permitted anything, and when it is asked again. */
  readonly onRefusal: (reason: string, delayMs: number) => void;
}

/**
 * Lets messages through to an endpoint once it has permitted that (CloudEvents web hooks, §4), at the rate that it allows.
 * What it has permitted is remembered for as long as the gate is kept.
 */
export interface Gate extends Pick<Permission, 'headers'> {
  /** How many messages may go before it has to be opened again. */
  readonly free: number;
  /** Waits for the next turn, and says whether there is one; while the endpoint does not permit anything there is none. */
  open(stopping: AbortSignal): Promise<boolean>;
  /** A message goes. */
  pass(): void;
}

const askingTakesMs = 10_000;
const askAgain = { firstMs: 1_000, maxMs: 30_000 };

export function createGate({ endpoint, handshake }: Called, deps: GateDeps): Gate {
  if (handshake === 'off') return alwaysOpen;
  const { clock, random, allowsAddress, origin } = deps;
  const asking = { clock, random, allowsAddress, origin, timeoutMs: askingTakesMs };
  return createAskingGate(createPermission(endpoint, asking), deps);
}

const alwaysOpen: Gate = {
  headers: standingPermission.headers,
  free: Infinity,
  open: () => Promise.resolve(true),
  pass: () => undefined,
};

function createAskingGate(permission: Permission, { clock, random, onRefusal }: GateDeps): Gate {
  let free = 0;
  let refusals = 0;
  let restsUntilMs = -Infinity;

  return {
    headers: permission.headers,
    get free() {
      return free;
    },
    async open(stopping) {
      if (clock.elapsedMs() < restsUntilMs) return false;
      const refusal = await permission.ask(stopping);
      if (refusal !== null) {
        refusals += 1;
        const delayMs = computeBackoffDelayMs(refusals, askAgain, random);
        restsUntilMs = clock.elapsedMs() + delayMs;
        onRefusal(refusal, delayMs);
        return false;
      }
      await permission.permit(stopping);
      free = 1;
      return true;
    },
    pass() {
      free = 0;
    },
  };
}
