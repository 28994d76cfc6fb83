import { z } from 'zod';
import type { DeliveryState } from '../deliveries/delivery-states';
import { compileObserver } from './compile-observer';
import { newObserver, type Observer } from './observer';
import type { NewObserverBody, ObserverChange } from './observer-schemas';

/** The observer as it was asked for. Its secrets are never shown. */
export const observerBody = z
  .object({
    id: z.string(),
    event_types: z.array(z.string()),
    async: z.boolean(),
    enabled: z.boolean(),
    start_from: z.union([z.string(), z.int()]),
    endpoint: z.string().nullable(),
    filter: z.unknown().meta({ description: 'A filter, a list of filters, or null' }),
    transform: z.string().nullable(),
    batch: z.object({ size: z.int(), wait_ms: z.int() }).nullable(),
    rate_limit: z.object({ per_second: z.number(), per_key: z.string().nullable() }).nullable(),
    debounce: z.object({ key: z.string(), period_ms: z.int(), max_wait_ms: z.int().nullable() }).nullable(),
    concurrency: z.int(),
    handshake: z.enum(['off', 'required']),
    retry: z.object({
      max_attempts: z.int(),
      delay_ms: z.int(),
      factor: z.number(),
      max_delay_ms: z.int(),
    }),
    breaker: z.object({ failures: z.int(), open_ms: z.int() }),
    timeout_ms: z.int(),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ title: 'Observer' });

/** The observer with what became of its deliveries. */
export const observerStateBody = observerBody
  .extend({
    breaker: observerBody.shape.breaker.extend({
      state: z.enum(['closed', 'open', 'half-open']),
      failure_count: z.int(),
      success_count: z.int(),
      last_failure: z.string().nullable(),
      next_attempt: z.string().nullable(),
    }),
    cursor: z.int().meta({ description: 'Everything up to this position is done with' }),
    lag: z.int().meta({ description: 'How many events of the log follow the cursor' }),
    waiting: z.int(),
    superseded: z.int().meta({ description: 'Events that `debounce` has passed over' }),
    dead_letters: z.int(),
    blocked_reason: z.enum(['disabled', 'invalid', 'breaker_open', 'dependency']).nullable(),
    blocked_detail: z
      .string()
      .nullable()
      .meta({ description: 'What is wrong with a definition that was valid when it was made' }),
    last_delivery_at: z.string().nullable(),
  })
  .meta({ title: 'ObserverState' });

export function toObserverBody(observer: Observer): z.infer<typeof observerBody> {
  const { batch, rateLimit, debounce, retry, breaker, filters } = observer;
  return {
    id: observer.id,
    event_types: [...observer.eventTypes],
    async: observer.isAsync,
    enabled: observer.isEnabled,
    start_from: observer.startFrom,
    endpoint: observer.endpoint,
    filter: filters.length > 1 ? filters : (filters[0] ?? null),
    transform: observer.transform,
    batch: batch && { size: batch.size, wait_ms: batch.waitMs },
    rate_limit: rateLimit && { per_second: rateLimit.perSecond, per_key: rateLimit.perKey },
    debounce: debounce && {
      key: debounce.key,
      period_ms: debounce.periodMs,
      max_wait_ms: debounce.maxWaitMs,
    },
    concurrency: observer.concurrency,
    handshake: observer.handshake,
    retry: {
      max_attempts: retry.maxAttempts,
      delay_ms: retry.delayMs,
      factor: retry.factor,
      max_delay_ms: retry.maxDelayMs,
    },
    breaker: { failures: breaker.failures, open_ms: breaker.openMs },
    timeout_ms: observer.timeoutMs,
    description: observer.description,
    metadata: { ...observer.metadata },
    created_at: observer.createdAt.toISOString(),
    updated_at: observer.updatedAt.toISOString(),
  };
}

export function toObserverStateBody(
  observer: Observer,
  { cursor, breaker, waiting, superseded, deadLetters, blockedReason, lastDeliveryAt }: DeliveryState,
  head: number,
): z.infer<typeof observerStateBody> {
  const body = toObserverBody(observer);
  const { fault } = compileObserver(observer);
  return {
    ...body,
    breaker: {
      ...body.breaker,
      state: breaker.state,
      failure_count: breaker.failureCount,
      success_count: breaker.successCount,
      last_failure: breaker.lastFailureAt?.toISOString() ?? null,
      next_attempt: breaker.nextAttemptAt?.toISOString() ?? null,
    },
    cursor,
    lag: Math.max(0, head - cursor),
    waiting,
    superseded,
    dead_letters: deadLetters,
    blocked_reason: observer.isEnabled ? (fault === null ? blockedReason : 'invalid') : 'disabled',
    blocked_detail: fault,
    last_delivery_at: lastDeliveryAt?.toISOString() ?? null,
  };
}

/** The observer that a request asks for. */
export function fromNewObserverBody(body: NewObserverBody, id: string, createdAt: Date): Observer {
  const { start_from: startFrom = 'now', ...settings } = body;
  return changeObserver({ ...newObserver(id, createdAt), startFrom }, settings);
}

/** The observer with what a request changes of it; what the request leaves out stays as it is. */
export function changeObserver(observer: Observer, change: ObserverChange): Observer {
  const { batch, rate_limit: rateLimit, debounce, retry = {}, breaker = {} } = change;
  return {
    ...observer,
    eventTypes: given(change.event_types, observer.eventTypes),
    isAsync: given(change.async, observer.isAsync),
    isEnabled: given(change.enabled, observer.isEnabled),
    endpoint: given(change.endpoint, observer.endpoint),
    secrets: given(listOf(change.secret), observer.secrets),
    filters: given(change.filter === null ? [] : change.filter, observer.filters),
    transform: given(change.transform, observer.transform),
    batch: given(batch && { size: batch.size, waitMs: batch.wait_ms }, observer.batch),
    rateLimit: given(
      rateLimit && { perSecond: rateLimit.per_second, perKey: rateLimit.per_key },
      observer.rateLimit,
    ),
    debounce: given(
      debounce && { key: debounce.key, periodMs: debounce.period_ms, maxWaitMs: debounce.max_wait_ms },
      observer.debounce,
    ),
    concurrency: given(change.concurrency, observer.concurrency),
    handshake: given(change.handshake, observer.handshake),
    retry: {
      maxAttempts: given(retry.max_attempts, observer.retry.maxAttempts),
      delayMs: given(retry.delay_ms, observer.retry.delayMs),
      factor: given(retry.factor, observer.retry.factor),
      maxDelayMs: given(retry.max_delay_ms, observer.retry.maxDelayMs),
    },
    breaker: {
      failures: given(breaker.failures, observer.breaker.failures),
      openMs: given(breaker.open_ms, observer.breaker.openMs),
    },
    timeoutMs: given(change.timeout_ms, observer.timeoutMs),
    description: given(change.description, observer.description),
    metadata: given(change.metadata, observer.metadata),
  };
}

function given<Value>(value: Value | undefined, otherwise: Value): Value {
  return value === undefined ? otherwise : value;
}

function listOf(secret: ObserverChange['secret']): readonly string[] | undefined {
  return typeof secret === 'string' ? [secret] : secret === null ? [] : secret;
}
