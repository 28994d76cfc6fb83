import { assertRate, isHttpUrl, isOrigin, isSameOrigin, printRate, readRate } from './handshake-terms';
import { readHeader, type HeaderFields } from './headers';
import type { AllowedRate } from './rate-gate';

export interface HandshakeOptions {
  /**
   * Who may send here; `*` lets everyone. A list is looked at for each request, so that one can be added to it when it
   * is granted later.
   */
  readonly allowedOrigins: '*' | readonly string[];
  /** What one may send at most, in requests per minute. Who asks for less gets less. */
  readonly allowedRate?: AllowedRate;
  /**
   * Told when someone who is not allowed asks and names a callback, by which to grant it later (`grantByCallback`). The
   * URL is a stranger's: nothing calls it by itself. Without this, who is not allowed is refused at once.
   */
  readonly onCallback?: (request: CallbackRequest) => void;
}

/** A request for permission that can be granted later. */
export interface CallbackRequest {
  readonly origin: string;
  readonly callback: string;
  /** What it asks for, or the most that one gets here. */
  readonly rate: AllowedRate;
}

/** What to answer, without a body. */
export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** The receiver's side of the abuse protection of CloudEvents web hooks (§4). */
export interface Handshake {
  /** Answers an OPTIONS request: 200 grants, 202 may grant by callback, 403 refuses, and 400 was no proper request. */
  readonly answer: (headers: HeaderFields) => HandshakeAnswer;
  /** Whether a delivery comes from someone who may send here, by its `WebHook-Request-Origin` (§2.1). */
  readonly admits: (headers: HeaderFields) => boolean;
}

const allow = 'OPTIONS, POST';
const maxCallbackLength = 2_048;

/** Makes the receiver's side. @throws AppError `invalid` for a rate that is none */
export function createHandshake({
  allowedOrigins,
  allowedRate = 'unlimited',
  onCallback,
}: HandshakeOptions): Handshake {
  assertRate(allowedRate);

  function isAllowed(origin: string): boolean {
    return allowedOrigins === '*' || allowedOrigins.some((allowed) => isSameOrigin(allowed, origin));
  }

  function grant(origin: string, rate: AllowedRate): HandshakeAnswer {
    return answerWith(200, {
      'webhook-allowed-origin': allowedOrigins === '*' ? '*' : origin,
      'webhook-allowed-rate': printRate(rate),
    });
  }

  return {
    answer(headers) {
      const origin = readHeader(headers, 'webhook-request-origin');
      if (origin === undefined) return answerWith(204); // OPTIONS has other uses; this grants nothing
      const wanted = readRate(headers, 'webhook-request-rate');
      if (!isOrigin(origin) || wanted === null || wanted === 'unlimited') return answerWith(400);

      const rate = lower(wanted, allowedRate);
      if (isAllowed(origin)) return grant(origin, rate);
      const callback = readHeader(headers, 'webhook-request-callback');
      if (!onCallback || callback === undefined) return answerWith(403);
      if (callback.length > maxCallbackLength || !isHttpUrl(callback)) return answerWith(400);
      onCallback({ origin, callback, rate });
      return answerWith(202);
    },
    admits(headers) {
      if (allowedOrigins === '*') return true;
      const origin = readHeader(headers, 'webhook-request-origin');
      return origin !== undefined && isAllowed(origin);
    },
  };
}

function answerWith(status: number, headers: HandshakeAnswer['headers'] = {}): HandshakeAnswer {
  return { status, headers: { allow, ...headers } };
}

function lower(wanted: number | undefined, allowed: AllowedRate): AllowedRate {
  if (wanted === undefined) return allowed;
  return allowed === 'unlimited' ? wanted : Math.min(wanted, allowed);
}
