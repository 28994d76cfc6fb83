import type { Clock } from '@fanfare/core';
import { toDeliveredEvent } from './delivered-event';
import { failedBecause, type Outcome } from './outcome';
import type { Attempt, OnEvent, Sender, ServedObserver } from './sender';

/** Delivers to an observer in this process, which has as long to answer as any other. */
export function createLocalSender(served: ServedObserver, onEvent: OnEvent, clock: Clock): Sender {
  const { timeoutMs } = served.observer;

  async function deliver(attempt: Attempt): Promise<Outcome> {
    const made = await toDeliveredEvent(served, attempt);
    if (!('event' in made)) return made;
    const startedMs = clock.elapsedMs();
    const ended = new AbortController();
    const failure = await Promise.race([
      failureOf(async () => onEvent(made.event)),
      clock.sleep(timeoutMs, ended.signal).then(() => new Error(`no answer within ${timeoutMs} ms`)),
    ]);
    ended.abort();
    const durationMs = Math.round(clock.elapsedMs() - startedMs);
    if (failure !== undefined) return failedBecause(failure, 'receiver', durationMs);
    return { result: 'delivered', statusCode: null, durationMs };
  }

  return {
    async send(attempts) {
      const outcomes: Outcome[] = [];
      for (const attempt of attempts) outcomes.push(await deliver(attempt));
      return outcomes;
    },
    close: () => Promise.resolve(),
  };
}

/** What it threw; undefined when it did not. */
async function failureOf(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return error ?? new Error('it failed without saying why');
  }
}
