import { createSystemClock, type BackoffPolicy, type Clock } from '@fanfare/core';
import type { NewEvent } from '../event/create-event';
import type { CallOptions, Client } from './client';
import { completeIfValid } from './complete-event';
import { bury, type DeadLetter } from './dead-letter';
import type { Result } from './result';
import { createRetryBatch } from './retry-batch';
import { createTryAgain } from './try-again';

/** How often, how long and how densely to try. */
export interface RetryPolicy {
  /** The first try included; 5 unless given. */
  readonly maxAttempts?: number;
  /** For all tries and the waits between them; 60 s unless given. */
  readonly deadlineMs?: number;
  /** 200 ms growing to 10 s unless given; `Retry-After` of an answer makes a wait longer, never shorter. */
  readonly backoff?: BackoffPolicy;
  /**
   * Called once for an event, after its last try or at a nack that is permanent, but not when the caller aborted.
   * When it fails, the cause of the result is an `AggregateError` of both failures.
   */
  readonly deadLetter?: DeadLetter;
  readonly clock?: Clock;
  readonly random?: () => number;
}

const defaults = { maxAttempts: 5, deadlineMs: 60_000, backoff: { firstMs: 200, maxMs: 10_000 } };

/**
 * The same client, which tries again what may soon be delivered: `undelivered` and nacks that are retryable, but for 404
 * and 409, which seldom pass by themselves. Delays grow and are jittered. An event keeps its id over all tries; of a batch only the events that failed are sent again.
 * `close` ends the waits; what they waited for is not tried again.
 */
export function withRetry(client: Client, policy: RetryPolicy = {}): Client {
  const { clock = createSystemClock(), deadLetter } = policy;
  const { timeoutMs } = client;
  const tryAgain = createTryAgain({ ...defaults, ...policy, clock, timeoutMs });
  const finish = (event: NewEvent, result: Result, { signal }: CallOptions) =>
    bury(event, result, { deadLetter, signal });

  return {
    timeoutMs,
    async send(event, call = {}) {
      const whole = completeIfValid(event);
      const run = (options: CallOptions) => client.send(whole, options);
      return finish(whole, await tryAgain({ run, resultsOf: (result) => [result] }, call), call);
    },
    async request(event, call = {}) {
      const whole = completeIfValid(event);
      const run = (options: CallOptions) => client.request(whole, options);
      const answer = await tryAgain({ run, resultsOf: ({ result }) => [result] }, call);
      return { ...answer, result: await finish(whole, answer.result, call) };
    },
    sendBatch: createRetryBatch({ client, tryAgain, finish }),
    async close() {
      tryAgain.close();
      await client.close();
    },
  };
}
