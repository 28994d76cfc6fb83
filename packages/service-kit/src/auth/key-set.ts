import { toError, type Clock } from '@fanfare/core';
import type { CryptoKey, JSONWebKeySet, JWSHeaderParameters } from 'jose' with {
  'resolution-mode': 'import',
};
import { refuseForNow } from '../http/problem';
import { loadJose } from './load-jose';

/** Finds the key that a token names. Throws an error of jose when there is none, and 503 as long as nobody can say. */
export type FindKey = (header: JWSHeaderParameters) => Promise<CryptoKey>;

export interface KeySetOptions {
  /** Where the set is (RFC 7517, §5). */
  readonly url: string;
  readonly clock: Clock;
  /** Told when the set cannot be had. */
  readonly onFailure: (error: Error) => void;
}

/** A set that is older is asked for again; what it holds counts until the answer comes. */
const freshMs = 10 * 60_000;
/** For a key that it does not hold it is asked again, but not more often than this: anybody can make such tokens. */
const askAgainMs = 30_000;
/** While there is none at all. */
const tryAgainMs = 1_000;
const timeoutMs = 5_000;

type LocalSet = (header: JWSHeaderParameters) => Promise<CryptoKey>;

/** The public keys of an issuer, kept, and read again when they are old or lack one. An issuer that is away costs nobody anything whose key is known. */
export async function createKeySet({ url, clock, onFailure }: KeySetOptions): Promise<FindKey> {
  const { createLocalJWKSet, errors } = await loadJose();
  let keys: LocalSet | undefined;
  let askedAtMs = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    askedAtMs = clock.elapsedMs();
    try {
      keys = createLocalJWKSet(await fetchSet(url, clock));
    } catch (error) {
      onFailure(toError(error));
      throw refuseForNow('the keys with which tokens are checked cannot be had at present');
    }
  }

  /** Those who ask at the same time share one request. */
  function askOnce(): Promise<void> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  }

  async function firstKeys(): Promise<LocalSet> {
    if (!keys && (asking || clock.elapsedMs() - askedAtMs >= tryAgainMs)) await askOnce();
    if (!keys) throw refuseForNow('the keys with which tokens are checked cannot be had at present');
    return keys;
  }

  return async (header) => {
    const known = await firstKeys();
    const ageMs = clock.elapsedMs() - askedAtMs;
    // whoever waits for a key is told of the failure; here the next request tries again
    if (ageMs >= freshMs) askOnce().catch(() => undefined);
    try {
      return await known(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || (!asking && ageMs < askAgainMs)) throw error;
      await askOnce();
      return keys ? keys(header) : known(header);
    }
  };
}

async function fetchSet(url: string, clock: Clock): Promise<JSONWebKeySet> {
  const stop = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => {
    stop.abort(new Error(`no answer within ${timeoutMs} ms`));
  });
  try {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const response = await fetch(url, { headers, signal: stop.signal, redirect: 'error' });
    if (!response.ok) throw new Error(`JWKS_URL answered ${response.status}`);
    return (await response.json()) as JSONWebKeySet;
  } finally {
    timer.cancel();
  }
}
