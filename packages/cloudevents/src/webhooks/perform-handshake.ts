import { AppError, toError } from '@fanfare/core';
import { exchange, type ExchangeAnswer, type ExchangeOptions } from './exchange';
import { assertRate, isOrigin, isSameOrigin, parseHttpUrl, readRate } from './handshake-terms';
import { readHeader, type HeaderFields } from './headers';
import type { AllowedRate } from './rate-gate';

/** What came of asking a receiver for permission to send. */
export type HandshakeResult =
  | {
      readonly outcome: 'granted';
      /** Ours, or `*` when everyone may send. Ours must go with each delivery as `WebHook-Request-Origin`. */
      readonly origin: string;
      readonly rate: AllowedRate;
    }
  /** There was an answer, and no consent in it; `pending` when the receiver was told a callback, by which it still may. */
  | { readonly outcome: 'refused' | 'pending'; readonly status: number; readonly reason: string }
  /** Nobody answered: nothing is known, and it can be tried again. */
  | { readonly outcome: 'undelivered'; readonly cause: Error };

export interface PerformHandshakeOptions extends ExchangeOptions {
  /** A DNS name for all instances of the system that sends. */
  readonly origin: string;
  /** What we would like, in requests per minute. */
  readonly rate?: number | undefined;
  /** Where the receiver can consent later: a URL that nobody can guess, answered for GET and POST (`readCallbackGrant`). */
  readonly callback?: string | undefined;
}

/**
 * Asks a receiver for permission, as a sender must before its first event (CloudEvents web hooks, §4.1). No status
 * means consent, only the headers of a 2xx answer do.
 *
 * @throws AppError `invalid` for a URL, origin, rate or callback that cannot be asked with
 */
export async function performHandshake(
  url: string,
  { origin, rate, callback, ...options }: PerformHandshakeOptions,
): Promise<HandshakeResult> {
  const target = parseHttpUrl(url);
  if (!isOrigin(origin)) throw new AppError('invalid', `${origin} is not a DNS name`);
  if (rate !== undefined) assertRate(rate);
  const headers = {
    'webhook-request-origin': origin,
    ...(rate !== undefined && { 'webhook-request-rate': String(rate) }),
    ...(callback !== undefined && { 'webhook-request-callback': parseHttpUrl(callback).href }),
  };
  try {
    const answer = await exchange(target, { method: 'OPTIONS', headers }, options);
    const consent = readConsent(answer, origin, rate);
    if (typeof consent === 'object') return consent;
    const outcome = callback === undefined ? 'refused' : 'pending';
    return { outcome, status: answer.status, reason: consent };
  } catch (thrown) {
    return { outcome: 'undelivered', cause: toError(thrown) };
  }
}

/** The grant, or why there is none (§4.2). */
function readConsent(
  { status, headers }: ExchangeAnswer,
  origin: string,
  wantedRate: number | undefined,
): HandshakeResult | string {
  if (status < 200 || status > 299) return `answered ${status}`;
  const allowed = readHeader(headers, 'webhook-allowed-origin');
  if (allowed === undefined) return 'answered without WebHook-Allowed-Origin';
  if (allowed !== '*' && !isSameOrigin(allowed, origin)) return `allowed ${allowed}, not ${origin}`;
  const rate = readRate(headers, 'webhook-allowed-rate');
  if (rate === null) return 'answered a WebHook-Allowed-Rate that is no rate';
  if (rate === undefined && wantedRate !== undefined) return 'answered without WebHook-Allowed-Rate';
  return { outcome: 'granted', origin: allowed, rate: rate ?? 'unlimited' };
}

/**
 * The rate that a receiver grants by calling our callback (§4.2.2): what it names, else what we had asked for. Null when
 * it names something that is no rate.
 */
export function readCallbackGrant(headers: HeaderFields, requestedRate: AllowedRate): AllowedRate | null {
  const rate = readRate(headers, 'webhook-allowed-rate');
  return rate === undefined ? requestedRate : rate;
}
