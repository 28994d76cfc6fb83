import { readCallbackGrant } from '@fanfare/cloudevents';
import { AppError } from '@fanfare/core';
import { defineRoute, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { ObserverRegistry } from '../observers/registry';
import type { HandshakeStore } from './handshake-store';
import { requestedRate } from './permissions';

export interface HandshakeRoutesDeps {
  readonly store: HandshakeStore;
  readonly registry: Pick<ObserverRegistry, 'find'>;
  /** Lets who serves the observer see the grant. */
  readonly restart: (observerId: string) => Promise<void>;
}

/** Where receivers answer that did not at once (CloudEvents web hooks, §4.1.3). They know the token and nothing else. */
export function handshakeRoutes({ store, registry, restart }: HandshakeRoutesDeps): readonly Route[] {
  return (['get', 'post'] as const).map((method) =>
    defineRoute({
      method,
      path: '/api/v1/handshakes/{token}',
      role: 'public',
      audit: { action: 'handshake.permit' },
      summary: 'Permit events to be sent, at a rate',
      description: 'For a receiver that was told this URL as `WebHook-Request-Callback`.',
      params: z.object({ token: z.string() }),
      requestHeaders: {
        'webhook-allowed-rate': 'Requests per minute, or `*`; what was asked for unless given',
      },
      responses: { 204: { description: 'Permitted' }, 404: { description: 'Nobody asks with this token' } },
      handle: async ({ params: { token }, headers }) => {
        const record = await store.findByToken(token);
        const observer = record && (await registry.find(record.observerId));
        if (!observer) throw new AppError('not_found', 'nobody asks with this token');
        const { rateLimit } = observer;
        const rate = readCallbackGrant(headers, rateLimit ? requestedRate(rateLimit) : 'unlimited');
        if (rate === null) throw new AppError('invalid', 'WebHook-Allowed-Rate is no rate');
        await store.put({ ...record, rate });
        await restart(observer.id);
        return { status: 204 };
      },
    }),
  );
}
