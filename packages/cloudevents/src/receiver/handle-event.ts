import type { Clock } from '@fanfare/core';
import type { CloudEvent } from '../event/cloud-event';
import type { ReceivedOutcome } from '../metrics';
import type { Handler } from './handler';
import { abandoned, duplicate, filtered, toOutcome, type Outcome } from './outcome';
import { EventContext, type ReceivedRequest } from './received-request';
import type { ReceiverOptions } from './receiver-options';
import { toRefusal } from './refusal';

export interface HandleEventDeps<Transaction> extends Pick<
  ReceiverOptions<Transaction>,
  'inbox' | 'metrics' | 'tracer'
> {
  /** The handler of now: it can change while the receiver lives. */
  readonly handler: () => Handler<Transaction>;
  readonly passes: ((event: CloudEvent) => boolean) | undefined;
  readonly report: (error: unknown, event: CloudEvent) => void;
  readonly clock: Clock;
}

/** Has one event handled. Never rejects: whatever goes wrong is an outcome. */
export type HandleEvent = (event: CloudEvent, request: ReceivedRequest) => Promise<Outcome>;

// the signature of `createReceiver` lets handlers want a transaction only where an inbox has one
const noTransaction = undefined as never;

export function createHandleEvent<Transaction>(deps: HandleEventDeps<Transaction>): HandleEvent {
  const { handler, passes, inbox, metrics, tracer, report, clock } = deps;

  async function call(event: CloudEvent, request: ReceivedRequest, traceparent?: string): Promise<Outcome> {
    if (!inbox) {
      const context = new EventContext(request, traceparent, noTransaction);
      return toOutcome(await handler()(event, context), event, request.mode);
    }
    let outcome = duplicate;
    await inbox.handleOnce(event, async (transaction) => {
      const context = new EventContext(request, traceparent, transaction);
      outcome = toOutcome(await handler()(event, context), event, request.mode);
    });
    return outcome;
  }

  async function callInSpan(event: CloudEvent, request: ReceivedRequest): Promise<Outcome> {
    const traceparent = traceParentOf(event, request);
    const span = tracer?.startSpan(`process ${event.type}`, traceparent);
    try {
      const outcome = await call(event, request, span?.traceparent ?? traceparent);
      span?.end();
      return outcome;
    } catch (error) {
      span?.end(error);
      return toFailure(error, event);
    }
  }

  async function decide(event: CloudEvent, request: ReceivedRequest): Promise<Outcome> {
    if (passes?.(event) === false) return filtered;
    // it counts as undelivered for its sender: to handle it now would take the turn of one who still waits
    if (request.isAbandoned) return abandoned;
    return callInSpan(event, request);
  }

  function toFailure(error: unknown, event: CloudEvent): Outcome {
    const refusal = toRefusal(error);
    const isFailure = refusal.status >= 500;
    // one that the handler has chosen is no news to it
    if (isFailure && refusal !== error) report(error, event);
    const how: ReceivedOutcome = isFailure ? 'failed' : 'rejected';
    return { how, status: refusal.status, refusal };
  }

  return async function handleEvent(event, request) {
    const startedMs = metrics ? clock.elapsedMs() : 0;
    const outcome = await decide(event, request);
    metrics?.received(event.type, outcome.how, (clock.elapsedMs() - startedMs) / 1_000);
    return outcome;
  };
}

const traceParent = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** The event's own first: the events of a batch share a header. One that is malformed counts as absent (W3C Trace Context). */
function traceParentOf(event: CloudEvent, { headers }: ReceivedRequest): string | undefined {
  const candidate = event['traceparent'] ?? headers['traceparent'];
  return typeof candidate === 'string' && traceParent.test(candidate) ? candidate : undefined;
}
