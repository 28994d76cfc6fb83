import type { Clock } from '@fanfare/core';
import { encodeHttpBatch } from '../codecs/http';
import type { CloudEvent } from '../event/cloud-event';
import type { NewEvent } from '../event/create-event';
import type { BatchResult, CallOptions } from './client';
import type { Parcel } from './compose-call';
import { judgeAnswer, toUnsendable } from './judge-answer';
import { judgeBatch, summarise } from './judge-batch';
import type { Result, Undelivered } from './result';
import type { Answer } from './transport';

export interface SendBatchDeps {
  readonly complete: (event: NewEvent, call: CallOptions) => CloudEvent;
  readonly exchange: (pack: () => Parcel, call: CallOptions) => Promise<Answer | Undelivered>;
  readonly newId: () => string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Makes what sends all valid events of a list in one request, and puts the results together. */
export function createSendBatch({ complete, exchange, newId, clock }: SendBatchDeps) {
  return async function sendBatch(events: readonly NewEvent[], call: CallOptions = {}): Promise<BatchResult> {
    const sent: CloudEvent[] = [];
    /** Of the events that stay behind, by their index. */
    const refusals = new Map<number, Undelivered>();
    for (const [index, event] of events.entries()) {
      try {
        sent.push(complete(event, call));
      } catch (thrown) {
        refusals.set(index, toUnsendable(thrown));
      }
    }
    const [firstRefusal] = refusals.values();
    if (firstRefusal && sent.length === 0) return { result: firstRefusal, perEvent: [...refusals.values()] };

    const pack = () => ({
      message: encodeHttpBatch(sent),
      event: { id: newId() },
      traceparent: call.traceparent,
    });
    const answer = await exchange(pack, call);
    const isAnswered = answer.outcome === 'answered';
    const judged = isAnswered ? judgeBatch(answer, sent, clock.now()) : sent.map(() => answer);
    const perEvent: Result[] = [...judged];
    for (const [index, refusal] of refusals) perEvent.splice(index, 0, refusal);
    return {
      result: summarise(perEvent) ?? (isAnswered ? judgeAnswer(answer, clock.now()) : answer),
      perEvent,
    };
  };
}
