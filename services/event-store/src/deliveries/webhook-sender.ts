import {
  createClient,
  createSigner,
  toWebhookId,
  type AllowsAddress,
  type CallOptions,
  type CloudEvent,
  type Result,
} from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import { sendMade } from './delivered-event';
import type { Failed, Outcome } from './outcome';
import type { Sender, ServedObserver } from './sender';

export interface WebhookSenderOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  readonly allowsAddress: AllowsAddress;
  /** Sent with each request. */
  readonly headers: () => Readonly<Record<string, string>>;
}

const maxResponseBytes = 64 * 1024;

/**
 * Posts events to an observer's endpoint: CloudEvents in binary mode, or batches where it takes them, signed when it has
 * a secret. Redirects are not followed: they are failures.
 */
export function createWebhookSender(
  served: ServedObserver,
  endpoint: string,
  { clock, newId, allowsAddress, headers }: WebhookSenderOptions,
): Sender {
  const { secrets, concurrency, timeoutMs, batch } = served.observer;
  const signer = secrets.length === 0 ? undefined : createSigner({ secrets, clock });
  const client = createClient(endpoint, {
    clock,
    newId,
    timeoutMs,
    maxConnections: concurrency,
    maxResponseBytes,
    allowsAddress,
    headers,
    sign: signer && (({ body }, { id }) => signer.sign({ id: toWebhookId(id), body })),
  });

  async function post(events: readonly CloudEvent[], call: CallOptions): Promise<readonly Result[]> {
    const [event] = events;
    if (batch) return (await client.sendBatch(events, call)).perEvent;
    return event ? [await client.send(event, call)] : [];
  }

  return {
    send: (attempts, signal) =>
      sendMade(served, attempts, async (events) => {
        const startedMs = clock.elapsedMs();
        const results = await post(events, { signal, traceparent: attempts[0]?.traceparent });
        const durationMs = Math.round(clock.elapsedMs() - startedMs);
        return results.map((result) => toOutcome(result, durationMs, signal));
      }),
    close: () => client.close(),
  };
}

function toOutcome(result: Result, durationMs: number, { aborted }: AbortSignal): Outcome {
  if (result.outcome === 'ack') return { result: 'delivered', statusCode: result.status, durationMs };
  const common = { result: 'failed', durationMs, error: result.cause.message } as const;
  if (result.outcome === 'nack') {
    const { status: statusCode, retryAfterMs = null } = result;
    return { ...common, statusCode, retryAfterMs, fault: 'receiver' };
  }
  return { ...common, statusCode: null, retryAfterMs: null, fault: faultOf(result.retryable, aborted) };
}

/** What cannot be sent now and later, for nobody aborted it, is an event that no request can carry. */
function faultOf(isRetryable: boolean, isAborted: boolean): Failed['fault'] {
  if (isAborted) return 'aborted';
  return isRetryable ? 'receiver' : 'event';
}
