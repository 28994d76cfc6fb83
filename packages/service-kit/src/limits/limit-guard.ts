import type { WindowCount, WindowCounter } from '@fanfare/storage';
import type { Guard } from '../http/guard';
import { HttpProblem } from '../http/problem';
import type { HttpRequest } from '../http/request';
import type { Metrics } from '../metrics';
import { networkOf } from './client-address';
import type { Budget, RateLimit } from './rate-limit';

export interface LimitGuardOptions {
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

/**
 * Refuses with 429 what a client sends beyond its limit, and tells it with every answer how much it has left. A client is the
 * subject of the token, or where there is none the address. What is always served is never limited.
 */
export function createLimitGuard({ limit, counter, scope, refusals }: LimitGuardOptions): Guard {
  const { reads, writes } = limit;
  function judge(request: HttpRequest, { requests }: Budget, { count, endsInMs }: WindowCount): void {
    const resetSeconds = String(Math.max(1, Math.ceil(endsInMs / 1_000)));
    request.addAnswerHeaders(
      'ratelimit-limit',
      String(requests),
      'ratelimit-remaining',
      String(Math.max(0, requests - count)),
      'ratelimit-reset',
      resetSeconds,
    );
    if (count <= requests) return;
    refusals.inc();
    throw new HttpProblem(429, 'this client has sent more requests than it may, try again later', {
      headers: { 'retry-after': resetSeconds },
    });
  }

  return (request, { isAlwaysServed }) => {
    if (isAlwaysServed) return undefined;
    const budget = request.method === 'GET' || request.method === 'HEAD' ? reads : writes;
    const counted = counter.count(`${scope}:${budget.name}:${clientOf(request)}`);
    if (!(counted instanceof Promise)) {
      judge(request, budget, counted);
      return undefined;
    }
    return counted.then((window) => {
      judge(request, budget, window);
    });
  };
}

function clientOf({ caller: { subject }, address }: HttpRequest): string {
  return subject === undefined ? `address:${networkOf(address)}` : `subject:${subject}`;
}
