import type { CloudEvent } from '@fanfare/contracts';
import { logEach, type Logger } from '@fanfare/service-kit';

/** One line per event that was applied, with what it takes to find the request that it came from. */
export function logAppliedEvents(logger: Logger, events: readonly CloudEvent[]): void {
  logEach(logger, events, (event) => ({
    orderId: event.subject,
    eventId: event.id,
    requestId: event.correlationid,
    traceId: event.traceparent?.split('-')[1],
    msg: 'Successfully processed order event',
  }));
}
