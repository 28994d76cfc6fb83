import { toError, type Clock } from '@fanfare/core';
import { types } from 'node:util';
import type { Outcome } from './channel';

export interface PostOptions {
  /** `http` or `https`; a user and password in it are sent as basic authentication. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Posts once and judges the answer. Never rejects, follows no redirect. */
export async function post({ url, headers, body, clock, timeoutMs }: PostOptions): Promise<Outcome> {
  const stop = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => {
    stop.abort(new Error(`no answer within ${timeoutMs} ms`));
  });
  try {
    const target = splitCredentials(url);
    const response = await fetch(target.url, {
      method: 'POST',
      headers: { ...headers, ...target.headers },
      body,
      redirect: 'manual',
      signal: stop.signal,
    });
    await response.body?.cancel();
    return judgeStatus(response.status, response.statusText);
  } catch (thrown) {
    return { kind: 'unavailable', reason: describeFailure(toError(thrown)) };
  } finally {
    timer.cancel();
  }
}

/**
 * Why nobody answered, without the URL, which may hold a secret: what the cause says, because `fetch failed` says
 * nothing; for a host with several addresses that is empty.
 */
export function describeFailure(error: Error): string {
  const { cause } = error;
  if (!types.isNativeError(cause)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}

/** `fetch` refuses URLs with a user in them. */
function splitCredentials(text: string): { url: URL; headers: Record<string, string> } {
  const url = new URL(text);
  if (url.username === '') return { url, headers: {} };
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** Too many requests, or a gateway or server that says it cannot work now: about the receiver, not about what was sent. */
const awayStatuses: readonly number[] = [429, 502, 503, 504];

/** Client errors that are over when the same is sent later. */
const passingStatuses: readonly number[] = [408, 425];

/** What the status of an answer means for what was posted. */
export function judgeStatus(status: number, statusText = ''): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const reason = `answered ${status} ${statusText}`.trimEnd();
  if (awayStatuses.includes(status)) return { kind: 'unavailable', reason };
  const isFinal = status >= 400 && status < 500 && !passingStatuses.includes(status);
  return { kind: isFinal ? 'rejected' : 'failed', reason };
}
