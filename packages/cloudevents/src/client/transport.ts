import { AppError, type Clock } from '@fanfare/core';
import {
  Agent as HttpAgent,
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { createGuard, type AllowsAddress } from '../webhooks/guard';
import { describeFailure } from './describe-failure';
import type { Undelivered } from './result';
import { readTarget } from './target';

/** An answer, as far as it came. */
export interface Answer {
  readonly outcome: 'answered';
  readonly status: number;
  /** Of which only the headers are still to be read: Node parses them when they are asked for, which is rare. */
  readonly response: Pick<IncomingMessage, 'headers'>;
  readonly body: Uint8Array;
  /** Why the body is not whole. */
  readonly failure?: Error | undefined;
}

export interface TransportOptions {
  readonly clock: Clock;
  /** Connections at most; further calls wait for one. */
  readonly maxConnections: number;
  /** Of the body of an answer; one that is longer is cut off. */
  readonly maxResponseBytes: number;
  /** In place of a pool of the client's own; stays open when the client closes. */
  readonly agent?: HttpAgent | HttpsAgent | undefined;
  /** Where requests may go, so that a URL from a stranger leads to nothing of ours; anywhere unless given. */
  readonly allowsAddress?: AllowsAddress | undefined;
}

/** One POST. */
export interface Call {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
  /** From the call to the last byte of the answer, the wait for a connection included. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** A longer timer fires at once; this one takes 24 days. */
const longestTimerMs = 2 ** 31 - 1;

/** Posts to one URL over connections that are kept. */
export interface Transport {
  /** Never rejects for what happens on the way. @throws TypeError at once for headers that HTTP cannot carry */
  post(call: Call): Promise<Answer | Undelivered>;
  /** Closes its connections. */
  close(): void;
}

/** @throws AppError `invalid` for a URL that is not http or https */
export function createTransport(url: string | URL, options: TransportOptions): Transport {
  const { clock, maxResponseBytes, allowsAddress } = options;
  const { isSecure, hostname, port, path, headers, name } = readTarget(url);
  const ownAgent = options.agent ? undefined : createAgent(isSecure, options.maxConnections);
  const guard = allowsAddress && createGuard(hostname, allowsAddress);
  const agent = options.agent ?? ownAgent;
  const base = { method: 'POST', hostname, port, path, agent, lookup: guard?.lookup };
  const open = isSecure ? requestHttps : requestHttp;

  function post({ headers: callHeaders, body, timeoutMs, signal }: Call): Promise<Answer | Undelivered> {
    if (signal?.aborted) return Promise.resolve(toUndelivered(name, toAbortion(signal), signal));
    if (guard?.refusal) return Promise.resolve(toUndelivered(name, guard.refusal, signal));
    const bytes = Buffer.byteLength(body);
    const request = open({ ...base, headers: toHeaderList(headers, callHeaders, bytes) });
    return new Promise((resolve) => {
      const stop = receive(request, maxResponseBytes, (outcome) => {
        timer.cancel();
        signal?.removeEventListener('abort', abort);
        resolve('outcome' in outcome ? outcome : toUndelivered(name, outcome, signal));
      });
      const timer = clock.setTimer(Math.min(timeoutMs, longestTimerMs), () => {
        stop(new AppError('unavailable', `no answer within ${timeoutMs} ms`));
      });
      const abort = () => {
        if (signal) stop(toAbortion(signal));
      };
      signal?.addEventListener('abort', abort, { once: true });
      // text with as many bytes as characters is ASCII, which Node writes together with the headers, and fastest so
      const isOther = typeof body === 'string' && bytes !== body.length;
      request.end(isOther ? Buffer.from(body) : body, 'latin1');
    });
  }

  return {
    post,
    close: () => {
      ownAgent?.destroy();
    },
  };
}

/**
 * An agent for one target only. Without TLS, where names do not matter, it need not work out for each request which of
 * its pools that belongs to.
 */
function createAgent(isSecure: boolean, maxConnections: number): HttpAgent | HttpsAgent {
  const pool = { keepAlive: true, maxSockets: maxConnections, maxFreeSockets: maxConnections };
  const agent = isSecure ? new HttpsAgent(pool) : new HttpAgent(pool);
  if (!isSecure) agent.getName = () => 'the target';
  return agent;
}

/** Names and values in turn, which Node sends as they are, faster than an object. Those of the target give way. */
function toHeaderList(ofTarget: Call['headers'], headers: Call['headers'], bytes: number): string[] {
  const list: string[] = [];
  for (const name in ofTarget) {
    const value = ofTarget[name];
    if (value !== undefined && headers[name] === undefined) list.push(name, value);
  }
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && name !== 'content-length') list.push(name, value);
  }
  list.push('content-length', String(bytes));
  return list;
}

/**
 * Calls `finish` once: with the answer, as far as it came, or with what went wrong before one. Returns what ends the
 * request early, also one that still waits for a connection (which by itself reports its end only when it gets one).
 */
function receive(
  request: ClientRequest,
  maxBytes: number,
  finish: (outcome: Answer | Error) => void,
): (failure: Error) => void {
  const chunks: Uint8Array[] = [];
  let receivedBytes = 0;
  let response: IncomingMessage | undefined;
  let isSettled = false;

  function settle(outcome: Answer | Error): void {
    if (isSettled) return;
    isSettled = true;
    finish(outcome);
  }
  function stop(failure: Error): void {
    settle(response ? toAnswer(response, chunks, failure) : failure);
    request.destroy();
  }

  request.on('error', stop);
  request.on('response', (incoming) => {
    response = incoming;
    incoming.on('data', (chunk: Uint8Array) => {
      receivedBytes += chunk.length;
      if (receivedBytes <= maxBytes) chunks.push(chunk);
      else stop(new AppError('invalid', `the answer is longer than ${maxBytes} bytes`));
    });
    incoming.on('error', stop);
    incoming.on('end', () => {
      settle(toAnswer(incoming, chunks));
    });
  });
  return stop;
}

function toAnswer(response: IncomingMessage, chunks: Uint8Array[], failure?: Error): Answer {
  const { statusCode: status = 0 } = response;
  return { outcome: 'answered', status, response, body: Buffer.concat(chunks), failure };
}

function toAbortion(signal: AbortSignal): Error {
  return new AppError('unavailable', 'aborted by the caller', { cause: signal.reason });
}

function toUndelivered(name: string, failure: Error, signal: AbortSignal | undefined): Undelivered {
  const cause = new AppError('unavailable', `${name}: ${describeFailure(failure)}`, { cause: failure });
  return { outcome: 'undelivered', retryable: !signal?.aborted, cause };
}
