import type { Clock } from '@fanfare/core';
import type { CloudEvent } from '../event/cloud-event';
import type { ReceivedOutcome } from '../metrics';
import type { Handler, HandlerAnswer } from './handler';
import type { Inbox } from './inbox';
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

/** Has one event handled. Never throws or rejects: whatever goes wrong is an outcome. */
export type HandleEvent = (event: CloudEvent, request: ReceivedRequest) => Outcome | Promise<Outcome>;

// the signature of `createReceiver` lets handlers want a transaction only where an inbox has one
const noTransaction = undefined as never;

export function createHandleEvent<Transaction>(deps: HandleEventDeps<Transaction>): HandleEvent {
  const { handler, passes, inbox, metrics, tracer, report, clock } = deps;

  async function call(event: CloudEvent, context: EventContext<Transaction>): Promise<Outcome> {
    return toOutcome(await handler()(event, context), event, context.mode);
  }

  async function callOnce(
    { handleOnce }: Inbox<Transaction>,
    event: CloudEvent,
    toContext: (transaction: Transaction) => EventContext<Transaction>,
  ): Promise<Outcome> {
    let outcome = duplicate;
    await handleOnce(event, async (transaction) => {
      outcome = await call(event, toContext(transaction));
    });
    return outcome;
  }

  async function callInSpan(event: CloudEvent, request: ReceivedRequest): Promise<Outcome> {
    const parent = traceParentOf(event, request);
    const span = tracer?.startSpan(`process ${event.type}`, parent);
    const trace = span?.traceparent ?? parent;
    try {
      const outcome = inbox
        ? await callOnce(inbox, event, (transaction) => new EventContext(request, trace, transaction))
        : await call(event, new EventContext(request, trace, noTransaction));
      span?.end();
      return outcome;
    } catch (error) {
      span?.end(error);
      return toFailure(error, event);
    }
  }

  async function finish(answer: PromiseLike<HandlerAnswer>, event: CloudEvent, mode: Mode): Promise<Outcome> {
    try {
      return toOutcome(await answer, event, mode);
    } catch (error) {
      return toFailure(error, event);
    }
  }

  /** Makes no promise unless the handler does: to handle an event of a batch often costs less than one. */
  function callPlainly(event: CloudEvent, request: ReceivedRequest): Outcome | Promise<Outcome> {
    try {
      const context = new EventContext(request, traceParentOf(event, request), noTransaction);
      const answer = handler()(event, context);
      return isPromise(answer) ? finish(answer, event, request.mode) : toOutcome(answer, event, request.mode);
    } catch (error) {
      return toFailure(error, event);
    }
  }
  const callHandler = inbox || tracer ? callInSpan : callPlainly;

  function decide(event: CloudEvent, request: ReceivedRequest): Outcome | Promise<Outcome> {
    if (passes?.(event) === false) return filtered;
    // it counts as undelivered for its sender: to handle it now would take the turn of one who still waits
    return request.isAbandoned ? abandoned : callHandler(event, request);
  }

  function toFailure(error: unknown, event: CloudEvent): Outcome {
    const refusal = toRefusal(error);
    const isFailure = refusal.status >= 500;
    // one that the handler has chosen is no news to it
    if (isFailure && refusal !== error) report(error, event);
    const how: ReceivedOutcome = isFailure ? 'failed' : 'rejected';
    return { how, status: refusal.status, refusal };
  }

  if (!metrics) return decide;
  return function decideAndMeasure(event, request) {
    const startedMs = clock.elapsedMs();
    const measure = (outcome: Outcome) => {
      metrics.received(event.type, outcome.how, (clock.elapsedMs() - startedMs) / 1_000);
      return outcome;
    };
    const outcome = decide(event, request);
    return outcome instanceof Promise ? outcome.then(measure) : measure(outcome);
  };
}

type Mode = ReceivedRequest['mode'];

function isPromise(answer: ReturnType<Handler>): answer is Promise<HandlerAnswer> {
  return answer instanceof Object && 'then' in answer && typeof answer.then === 'function';
}

const traceParent = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/**
 * That of the request, which is nearer, before that of the event, which leads to where it was made. One that is
 * malformed counts as absent (W3C Trace Context).
 */
function traceParentOf(event: CloudEvent, { headers }: ReceivedRequest): string | undefined {
  return readTraceParent(headers['traceparent']) ?? readTraceParent(event['traceparent']);
}

function readTraceParent(candidate: unknown): string | undefined {
  return typeof candidate === 'string' && traceParent.test(candidate) ? candidate : undefined;
}
