import type { CloudEvent } from '../event/cloud-event';
import { createEvent, fillIn, type CreateEventOptions, type NewEvent } from '../event/create-event';
import { assertEvent } from '../event/validate-event';

/**
 * The event as it will be sent: `id` and `time` filled in, and the trace context of the call where the event carries
 * none (in an event it is that of the beginning, in the header that of this hop).
 *
 * @throws InvalidEventError naming each attribute that is wrong
 */
export function completeEvent(
  event: NewEvent,
  traceparent: string | undefined,
  options: CreateEventOptions,
): CloudEvent {
  const { traceparent: own = traceparent } = event;
  const traced = own === undefined ? event : { ...event, traceparent: own };
  if (!isWhole(traced)) return fillIn(traced, options);
  assertEvent(traced);
  return traced;
}

/** Such an event is sent as it is, without a copy. */
function isWhole({ specversion, id, time }: NewEvent): boolean {
  return specversion !== undefined && id !== undefined && time !== undefined;
}

/**
 * The event with `id` and `time`, so that it is the same one on each try and to each receiver. One that is not valid
 * stays as it is: the client that is given it says in its result why it cannot be sent.
 */
export function completeIfValid(event: NewEvent): NewEvent {
  try {
    return createEvent(event);
  } catch {
    return event;
  }
}
