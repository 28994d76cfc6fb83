import type { Clock } from '@fanfare/core';
import { encodeHttpBatch } from '../codecs/http';
import type { CloudEvent } from '../event/cloud-event';
import type { NewEvent } from '../event/create-event';
import type { BatchResult, CallOptions } from './client';
import type { Parcel } from './compose-call';
import { judgeAnswer, toUnsendable } from './judge-answer';
import { judgeBatch, summarise } from './judge-batch';
import type { Undelivered } from './result';
import type { Answer } from './transport';

export interface SendBatchDeps {
  readonly complete: (event: NewEvent, call: CallOptions) => CloudEvent;
  readonly exchange: (pack: () => Parcel, call: CallOptions) => Promise<Answer | Undelivered>;
  readonly newId: () => string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Makes what sends all valid events of a list in one request, and puts the results together. */
export function createSendBatch({ complete, exchange, newId, clock }: SendBatchDeps) {
  function tryComplete(event: NewEvent, call: CallOptions): { event?: CloudEvent; refusal?: Undelivered } {
    try {
      return { event: complete(event, call) };
    } catch (thrown) {
      return { refusal: toUnsendable(thrown) };
    }
  }

  return async function sendBatch(events: readonly NewEvent[], call: CallOptions = {}): Promise<BatchResult> {
    const tries = events.map((event) => tryComplete(event, call));
    const sent = tries.flatMap(({ event }) => event ?? []);
    const refusals = tries.flatMap(({ refusal }) => refusal ?? []);
    const [firstRefusal] = refusals;
    if (firstRefusal && sent.length === 0) return { result: firstRefusal, perEvent: refusals };

    const pack = () => ({
      message: encodeHttpBatch(sent),
      event: { id: newId() },
      traceparent: call.traceparent,
    });
    const answer = await exchange(pack, call);
    const isAnswered = answer.outcome === 'answered';
    const judged = isAnswered ? [...judgeBatch(answer, sent, clock.now())] : sent.map(() => answer);
    const perEvent = tries.flatMap(({ refusal }) => refusal ?? judged.shift() ?? []);
    return {
      result: summarise(perEvent) ?? (isAnswered ? judgeAnswer(answer, clock.now()) : answer),
      perEvent,
    };
  };
}
