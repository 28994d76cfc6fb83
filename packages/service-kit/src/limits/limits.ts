import type { WindowCount, WindowCounter } from '@fanfare/storage';
import type { Caller } from '../auth/caller';
import { HttpProblem } from '../http/problem';
import type { Metrics } from '../metrics/metrics';
import { networkOf } from './client-address';
import type { Budget, RateLimit } from './rate-limit';

/** Who sends a request, as far as its limit goes. */
export interface LimitedRequest {
  readonly method: string;
  readonly caller: Caller;
  readonly address: string;
}

/** Headers that tell a client how much it has left: names and values in turn. */
export type LimitHeaders = readonly string[];

/** How much each client may send. Both throw 429 for what is beyond; a promise only where others count along. */
export interface Limits {
  /** A client is the subject of its token, or where there is none its address. Services may call each other at any rate. */
  count(request: LimitedRequest): Promise<LimitHeaders> | LimitHeaders;
  /** Counts a request that nobody can be held to: without a good token, or for what is not there. */
  countStranger(address: string): Promise<LimitHeaders> | LimitHeaders;
}

export interface LimitsOptions {
  readonly limit: RateLimit;
  readonly counter: Pick<WindowCounter, 'count'>;
  /** Of what the client may use so much: the name of the service. */
  readonly scope: string;
  readonly refusals: Refusals;
}

/** Counts refused requests. */
export interface Refusals {
  inc(): void;
}

export function createRefusals(metrics: Metrics): Refusals {
  return metrics.counter({
    name: 'rate_limited_requests_total',
    help: 'Requests that were refused because their client had sent too many.',
  });
}

export function createLimits({ limit, counter, scope, refusals }: LimitsOptions): Limits {
  const { reads, writes } = limit;
  // counted apart from what callers may do: who shares an address with a flood of bad tokens and has a good one gets in
  const strangers: Budget = { name: 'strangers', requests: writes.requests };

  function judge({ requests }: Budget, { count, endsInMs }: WindowCount): LimitHeaders {
    const resetSeconds = String(Math.max(1, Math.ceil(endsInMs / 1_000)));
    const headers = {
      'ratelimit-limit': String(requests),
      'ratelimit-remaining': String(Math.max(0, requests - count)),
      'ratelimit-reset': resetSeconds,
    };
    if (count <= requests) return Object.entries(headers).flat();
    refusals.inc();
    throw new HttpProblem(429, 'this client has sent more requests than it may, try again later', {
      headers: { ...headers, 'retry-after': resetSeconds },
    });
  }

  function countOn(budget: Budget, client: string): Promise<LimitHeaders> | LimitHeaders {
    const counted = counter.count(`${scope}:${budget.name}:${client}`);
    return counted instanceof Promise
      ? counted.then((window) => judge(budget, window))
      : judge(budget, counted);
  }

  return {
    count({ method, caller, address }) {
      if (caller.isService) return [];
      const budget = method === 'GET' || method === 'HEAD' ? reads : writes;
      const { subject } = caller;
      return countOn(budget, subject === undefined ? atAddress(address) : `subject:${subject}`);
    },
    countStranger: (address) => countOn(strangers, atAddress(address)),
  };
}

function atAddress(address: string): string {
  return `address:${networkOf(address)}`;
}
