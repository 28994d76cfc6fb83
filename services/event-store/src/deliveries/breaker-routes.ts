import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { Observer } from '../observers/observer';
import type { ObserverRegistry } from '../observers/registry';
import type { DeliveryState, DeliveryStates } from './delivery-states';
import { requireObserver } from './shown-event';

export interface BreakerRoutesDeps {
  readonly registry: Pick<ObserverRegistry, 'all' | 'find'>;
  readonly states: Pick<DeliveryStates, 'find' | 'closeBreakers'>;
  /** Lets whoever serves observers here see what has changed. */
  readonly look: () => Promise<void>;
}

const breakerBody = z
  .object({
    state: z.enum(['closed', 'open', 'half-open']),
    failure_count: z.int().meta({ description: 'Failures in a row' }),
    last_failure: z.string().nullable(),
    next_attempt: z.string().nullable(),
    success_count: z.int(),
    timeout: z.int().meta({ description: 'How long it stays open, in ms' }),
  })
  .meta({ title: 'CircuitBreaker' });

/** The circuit breakers, one for each observer. */
export function breakerRoutes({ registry, states, look }: BreakerRoutesDeps): readonly Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/circuit-breaker/status',
      role: 'reader',
      summary: 'How the circuit breaker of each observer stands',
      responses: { 200: z.object({ observers: z.record(z.string(), breakerBody) }) },
      handle: async () => {
        const observers = await registry.all();
        const found = await states.find(observers.map(({ id }) => id));
        return reply(200, {
          observers: Object.fromEntries(
            observers.flatMap((observer) => {
              const state = found.get(observer.id);
              return state ? [[observer.id, toBreakerBody(observer, state)]] : [];
            }),
          ),
        });
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/circuit-breaker/reset',
      role: 'operator',
      summary: 'Close the circuit breaker of an observer, or all of them',
      description: 'What waits is tried at once.',
      body: z.strictObject({ observer_id: z.string().optional() }).optional(),
      responses: { 200: z.object({ message: z.string() }) },
      handle: async ({ body }) => {
        const id = body?.observer_id;
        if (id !== undefined) await requireObserver(registry, id);
        await states.closeBreakers(id);
        await look();
        return reply(200, { message: 'Circuit breaker reset successfully' });
      },
    }),
  ];
}

function toBreakerBody(
  { breaker: { openMs } }: Observer,
  { breaker }: DeliveryState,
): z.infer<typeof breakerBody> {
  return {
    state: breaker.state,
    failure_count: breaker.failureCount,
    last_failure: breaker.lastFailureAt?.toISOString() ?? null,
    next_attempt: breaker.nextAttemptAt?.toISOString() ?? null,
    success_count: breaker.successCount,
    timeout: openMs,
  };
}
