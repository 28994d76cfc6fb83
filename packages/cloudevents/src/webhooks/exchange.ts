import { createSystemClock, type Clock } from '@fanfare/core';
import { request as requestHttp, type IncomingHttpHeaders } from 'node:http';
import { request as requestHttps } from 'node:https';
import { describeFailure } from '../client/describe-failure';
import { createGuard, type AllowsAddress } from './guard';

export interface ExchangeOptions {
  readonly clock?: Pick<Clock, 'setTimer'>;
  /** For the whole exchange; 10 s unless given. */
  readonly timeoutMs?: number | undefined;
  /** Where requests may go, so that a URL from a stranger leads to nothing of ours; anywhere unless given. */
  readonly allowsAddress?: AllowsAddress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExchangeRequest {
  readonly method: 'OPTIONS' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
}

export interface ExchangeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * One request without a body, over a connection of its own, of whose answer only the head is read. Follows no redirect.
 * Rejects, with a message to be read by people, when nobody answers in time.
 */
export function exchange(
  url: URL,
  { method, headers }: ExchangeRequest,
  { clock = createSystemClock(), timeoutMs = 10_000, allowsAddress, signal }: ExchangeOptions,
): Promise<ExchangeAnswer> {
  const guard = allowsAddress && createGuard(url.hostname, allowsAddress);
  if (guard?.refusal) return Promise.reject(guard.refusal);
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = open(url, { method, headers, agent: false, lookup: guard?.lookup, signal });
    const timer = clock.setTimer(timeoutMs, () => {
      request.destroy(new Error(`no answer within ${timeoutMs} ms`));
    });
    request.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
      response.destroy();
    });
    request.on('error', (cause) => {
      reject(new Error(describeFailure(cause), { cause }));
    });
    request.on('close', () => {
      timer.cancel();
    });
    request.end();
  });
}
