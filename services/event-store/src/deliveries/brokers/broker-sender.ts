import type { CloudEvent } from '@fanfare/cloudevents';
import type { Clock } from '@fanfare/core';
import { sendMade } from '../delivered-event';
import { failedBecause, type Outcome } from '../outcome';
import type { Sender, ServedObserver } from '../sender';
import type { Destination } from './destination';

/** Sends events to an observer's place at a message broker, which has as long to confirm them as any endpoint to answer. */
export function createBrokerSender(served: ServedObserver, destination: Destination, clock: Clock): Sender {
  const { timeoutMs } = served.observer;

  async function put(events: readonly CloudEvent[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const startedMs = clock.elapsedMs();
    const ended = new AbortController();
    const giveUp = () => {
      ended.abort();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    const tooLate = clock
      .sleep(timeoutMs, ended.signal)
      .then(() => events.map(() => new Error(`no answer within ${timeoutMs} ms`)));
    try {
      const failures = await Promise.race([destination.put(events), tooLate]);
      const durationMs = Math.round(clock.elapsedMs() - startedMs);
      return failures.map((failure) => toOutcome(failure, durationMs, signal));
    } finally {
      signal.removeEventListener('abort', giveUp);
      giveUp();
    }
  }

  return {
    send: (attempts, signal) => sendMade(served, attempts, (events) => put(events, signal)),
    close: () => destination.close(),
  };
}

function toOutcome(failure: Error | null, durationMs: number, { aborted }: AbortSignal): Outcome {
  if (failure === null) return { result: 'delivered', statusCode: null, durationMs };
  return failedBecause(describe(failure), aborted ? 'aborted' : 'receiver', durationMs);
}

/** What a broker itself says is the cause of what the connection to it reports. */
function describe({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${describe(cause)}` : message;
}
