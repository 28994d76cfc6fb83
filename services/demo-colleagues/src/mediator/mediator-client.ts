import type { Clock } from '@fanfare/core';
import type { ServiceToken } from '@fanfare/service-kit';

export interface MediatorAnswer {
  readonly status: number;
  readonly text: string;
}

/** Calls the mediator's API. Rejects when there is no answer. */
export interface MediatorClient {
  /** `path` is what stands behind `/api/v1/mediators`, segment by segment. */
  call(method: 'POST' | 'PATCH', path: readonly string[], body: unknown): Promise<MediatorAnswer>;
}

const timeoutMs = 3_000;

export function createMediatorClient(
  mediatorUrl: string,
  clock: Pick<Clock, 'setTimer'>,
  token?: ServiceToken,
): MediatorClient {
  return {
    async call(method, path, body) {
      const segments = ['api', 'v1', 'mediators', ...path].map(encodeURIComponent);
      const url = new URL(segments.join('/'), mediatorUrl);
      const stop = new AbortController();
      const timer = clock.setTimer(timeoutMs, () => {
        stop.abort(new Error(`no answer within ${timeoutMs} ms`));
      });
      try {
        const held = await token?.();
        const authorization = held === undefined ? {} : { authorization: `Bearer ${held}` };
        const response = await fetch(url, {
          method,
          headers: { 'content-type': 'application/json', ...authorization },
          body: JSON.stringify(body),
          signal: stop.signal,
        });
        return { status: response.status, text: await response.text() };
      } finally {
        timer.cancel();
      }
    },
  };
}
