import { encodeHttpBatch } from '../codecs/http';
import type { HttpMessage } from '../codecs/http-message';
import { decodeJsonBatch } from '../codecs/json';
import type { CloudEvent } from '../event/cloud-event';
import type { NewEvent } from '../event/create-event';
import type { BatchResult, CallOptions } from './client';
import type { Parcel } from './compose-call';
import type { HeldClock } from './held-clock';
import { judgeAnswer, toUnsendable } from './judge-answer';
import { judgeBatch, repeat, summarise } from './judge-batch';
import type { Undelivered } from './result';
import type { Answer } from './transport';

export interface SendBatchDeps {
  readonly complete: (event: NewEvent, call: CallOptions) => CloudEvent;
  readonly exchange: (pack: () => Parcel, call: CallOptions) => Promise<Answer | Undelivered>;
  readonly newId: () => string;
  readonly clock: HeldClock;
}

/** A receiver that took all events alike need not list them: what its answer says goes for each. */
const minimal = { prefer: 'return=minimal' };

/** Makes what sends all valid events of a list in one request, and puts the results together. */
export function createSendBatch({ complete, exchange, newId, clock }: SendBatchDeps) {
  /** Of events that are not valid, and therefore stay behind, `refusals` gets to know by their index. */
  function pack(events: readonly NewEvent[], call: CallOptions, refusals: Map<number, Undelivered>): Parcel {
    const valid: CloudEvent[] = [];
    for (const [index, event] of events.entries()) {
      try {
        valid.push(complete(event, call));
      } catch (thrown) {
        refusals.set(index, toUnsendable(thrown));
      }
    }
    const [firstRefusal] = refusals.values();
    if (firstRefusal && valid.length === 0) throw firstRefusal.cause;
    const { traceparent } = call;
    return { message: encodeHttpBatch(valid), event: { id: newId() }, headers: minimal, traceparent };
  }

  return async function sendBatch(events: readonly NewEvent[], call: CallOptions = {}): Promise<BatchResult> {
    const refusals = new Map<number, Undelivered>();
    let body: HttpMessage['body'] = '';
    const answer = await exchange(() => {
      const parcel = clock.hold(() => pack(events, call, refusals));
      body = parcel.message.body;
      return parcel;
    }, call);
    const isAnswered = answer.outcome === 'answered';
    // events are read back where an answer lists them, which is rare: kept until then, many calls hold many events
    const sent = { count: events.length - refusals.size, read: () => decodeJsonBatch(body) };
    const perEvent = isAnswered ? judgeBatch(answer, sent, clock.now()) : repeat(answer, sent.count);
    for (const [index, refusal] of refusals) perEvent.splice(index, 0, refusal);
    return {
      result: summarise(perEvent) ?? (isAnswered ? judgeAnswer(answer, clock.now()) : answer),
      perEvent,
    };
  };
}
