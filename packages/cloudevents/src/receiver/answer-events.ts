import type { CloudEvent } from '../event/cloud-event';
import { batchAnswer, eventAnswer, type Answer } from './answer';
import type { HandleEvent } from './handle-event';
import type { Outcome } from './outcome';
import { prefersMinimal } from './prefer';
import type { ReceivedRequest } from './received-request';
import type { ReceiverOptions } from './receiver-options';
import type { WorkQueue } from './work-queue';

export interface AnswerEventsDeps extends Pick<ReceiverOptions, 'ordered'> {
  readonly handleEvent: HandleEvent;
  readonly queue: WorkQueue;
}

/** Has the events of a request handled, each in its turn, and says how to answer. */
export type AnswerEvents = (events: readonly CloudEvent[], request: ReceivedRequest) => Promise<Answer>;

export function createAnswerEvents({ ordered, handleEvent, queue }: AnswerEventsDeps): AnswerEvents {
  async function answerBatch(events: readonly CloudEvent[], request: ReceivedRequest): Promise<Answer> {
    const outcomes = ordered
      ? await handleByKey(
          events,
          events.map((event) => ordered(event)),
          request,
        )
      : await queue.run(undefined, () => handleInTurn(events, request));
    return batchAnswer(events, outcomes, prefersMinimal(request.headers));
  }

  function handleByKey(
    events: readonly CloudEvent[],
    keys: readonly (string | undefined)[],
    request: ReceivedRequest,
  ): Promise<readonly Outcome[]> {
    const outcomes = events.map((event, index) => queue.run(keys[index], () => handleEvent(event, request)));
    return Promise.all(outcomes);
  }

  async function handleInTurn(
    events: readonly CloudEvent[],
    request: ReceivedRequest,
  ): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const event of events) {
      const outcome = handleEvent(event, request);
      outcomes.push(outcome instanceof Promise ? await outcome : outcome);
    }
    return outcomes;
  }

  return async function answerEvents(events, request) {
    const [event] = events;
    if (request.mode === 'batch' || !event) return answerBatch(events, request);
    return eventAnswer(await queue.run(ordered?.(event), () => handleEvent(event, request)));
  };
}
