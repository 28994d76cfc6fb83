import { computeBackoffDelayMs, toError, type Clock } from '@fanfare/core';
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
/** While no answer comes, what the set holds counts so long: a key that was withdrawn meanwhile is still in it. */
const usableMs = 4 * 60 * 60_000;
/** For a key that it does not hold it is asked again, but not more often than this: anybody can make such tokens. */
const askAgainMs = 30_000;
/** After failures it is asked again. */
const afterFailure = { firstMs: 1_000, maxMs: 60_000 };
const timeoutMs = 5_000;

/** For a token of which nobody can say now whether it is good. */
export const keysAway = refuseForNow('the keys with which tokens are checked cannot be had at present');

type LocalSet = (header: JWSHeaderParameters) => Promise<CryptoKey>;

/** The keys as they were read last. */
interface ReadSet {
  readonly find: LocalSet;
  readonly readAtMs: number;
}

/**
 * The public keys of an issuer, kept, and read again when they are old or lack one. An issuer that is away costs nobody
 * anything whose key is known, for four hours.
 */
export async function createKeySet({ url, clock, onFailure }: KeySetOptions): Promise<FindKey> {
  const { createLocalJWKSet, errors } = await loadJose();
  let kept: ReadSet | undefined;
  let failures = 0;
  let askAtMs = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    try {
      kept = { find: createLocalJWKSet(await fetchSet(url, clock)), readAtMs: clock.elapsedMs() };
      failures = 0;
      askAtMs = clock.elapsedMs() + askAgainMs;
    } catch (error) {
      failures += 1;
      askAtMs = clock.elapsedMs() + computeBackoffDelayMs(failures, afterFailure);
      onFailure(toError(error));
    }
  }

  /** Asks unless that was done a moment ago; those who ask at the same time share one request. Never rejects. */
  async function askOnce(): Promise<void> {
    if (!asking && clock.elapsedMs() < askAtMs) return;
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    await asking;
  }

  const ageMs = () => (kept ? clock.elapsedMs() - kept.readAtMs : Infinity);

  async function requireKeys(): Promise<ReadSet> {
    if (ageMs() >= usableMs) await askOnce();
    if (!kept || ageMs() >= usableMs) throw keysAway;
    return kept;
  }

  return async (header) => {
    const known = await requireKeys();
    if (ageMs() >= freshMs) void askOnce();
    try {
      return await known.find(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await askOnce();
      // it may be a new key, of which nobody can tell now
      if (failures > 0) throw keysAway;
      return (kept ?? known).find(header);
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
