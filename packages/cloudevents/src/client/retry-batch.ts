import type { NewEvent } from '../event/create-event';
import type { BatchResult, CallOptions, Client } from './client';
import { completeIfValid } from './complete-event';
import { summarise } from './judge-batch';
import type { Result } from './result';
import { isWorthAnotherTry, type TryAgain } from './try-again';

export interface RetryBatchDeps {
  readonly client: Pick<Client, 'sendBatch'>;
  readonly tryAgain: TryAgain;
  /** Called with the last result of each event; returns what is to be reported of it. */
  readonly finish: (event: NewEvent, result: Result, call: CallOptions) => Promise<Result>;
}

/** An event of a batch and what last happened to it. */
interface Item {
  readonly event: NewEvent;
  result: Result | undefined;
}

/** Makes what sends a batch, and then again those of its events that failed and may yet be taken. */
export function createRetryBatch({ client, tryAgain, finish }: RetryBatchDeps) {
  async function sendOpen(items: readonly Item[], call: CallOptions): Promise<BatchResult> {
    const open = items.filter(({ result }) => !result || isWorthAnotherTry(result));
    const events = open.map(({ event }) => event);
    const sent = await client.sendBatch(events, call);
    for (const [index, item] of open.entries()) item.result = sent.perEvent[index];
    return sent;
  }

  return async function retryBatch(
    events: readonly NewEvent[],
    call: CallOptions = {},
  ): Promise<BatchResult> {
    const items = events.map((event): Item => ({ event: completeIfValid(event), result: undefined }));
    const run = (options: CallOptions) => sendOpen(items, options);
    const { result: last } = await tryAgain({ run, resultsOf }, call);
    const perEvent: Result[] = [];
    for (const { event, result = last } of items) perEvent.push(await finish(event, result, call));
    return { result: summarise(perEvent) ?? last, perEvent };
  };
}

/** An empty batch has a result too. */
function resultsOf({ result, perEvent }: BatchResult): readonly Result[] {
  return perEvent.length > 0 ? perEvent : [result];
}
