import { createSystemClock, type Clock } from '@fanfare/core';
import { request as requestHttp, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { describeFailure } from '../client/describe-failure';

export interface ExchangeOptions {
  readonly clock?: Pick<Clock, 'setTimer'>;
  /** For the whole exchange; 10 s unless given. */
  readonly timeoutMs?: number | undefined;
  /**
   * Resolves the host in place of DNS, so that a caller can keep requests out of its own network. Node asks it for
   * names only: whoever guards must look at addresses in the URL himself.
   */
  readonly lookup?: RequestOptions['lookup'];
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
  { clock = createSystemClock(), timeoutMs = 10_000, lookup, signal }: ExchangeOptions,
): Promise<ExchangeAnswer> {
  return new Promise((resolve, reject) => {
    const open = url.protocol === 'https:' ? requestHttps : requestHttp;
    const request = open(url, { method, headers, agent: false, lookup, signal });
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
