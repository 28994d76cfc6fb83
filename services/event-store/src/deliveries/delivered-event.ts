import type { CloudEvent } from '@fanfare/cloudevents';
import { PermanentError } from '@fanfare/core';
import { toCloudEvent } from '../events/event-record';
import { failedBecause, type Failed } from './outcome';
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
