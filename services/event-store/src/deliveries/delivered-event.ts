import type { CloudEvent } from '@fanfare/cloudevents';
import { PermanentError } from '@fanfare/core';
import { toCloudEvent } from '../events/event-record';
import { failedBecause, type Failed, type Outcome } from './outcome';
import type { Attempt, ServedObserver } from './sender';

/**
 * An event as its observer gets it, with its place in the log and the number of the attempt as extensions; or why there is
 * none, when the observer's transform fails.
 */
export async function toDeliveredEvent(
  served: ServedObserver,
  { logged, attempt, isReplay }: Attempt,
): Promise<{ readonly event: CloudEvent } | Failed> {
  const event = { ...toCloudEvent(logged), attempt, ...(isReplay && { replay: true }) };
  if (served.observer.transform === null || logged.isErased) return { event };
  try {
    const data = (await served.transform(logged)) ?? null;
    return { event: { ...event, datacontenttype: 'application/json', data } };
  } catch (error) {
    return failedBecause(error, error instanceof PermanentError ? 'event' : 'receiver');
  }
}

/**
 * Makes of each attempt the event that its observer gets, sends those that there are, and puts what became of them in the
 * places of the attempts. Never rejects.
 */
export async function sendMade(
  served: ServedObserver,
  attempts: readonly Attempt[],
  send: (events: readonly CloudEvent[]) => Promise<readonly Outcome[]>,
): Promise<readonly Outcome[]> {
  try {
    const made = await Promise.all(attempts.map((attempt) => toDeliveredEvent(served, attempt)));
    const events = made.flatMap((one) => ('event' in one ? [one.event] : []));
    const outcomes = (events.length === 0 ? [] : await send(events)).values();
    return made.map((one) =>
      'event' in one ? (outcomes.next().value ?? failedBecause('no result', 'receiver')) : one,
    );
  } catch (error) {
    return attempts.map(() => failedBecause(error, 'receiver'));
  }
}
