import type { CloudEvent } from '@fanfare/contracts';
import type { Logger } from '@fanfare/service-kit';

/**
 * One line per event that was applied, with what it takes to find the request that it came from. At tens of thousands
 * of events a second that is much of the work, so nothing is made for lines that the level leaves out.
 */
export function logAppliedEvents(logger: Logger, events: readonly CloudEvent[]): void {
  if (!logger.isLevelEnabled('info')) return;
  for (const { id, subject, correlationid, traceparent } of events) {
    logger.info(
      { orderId: subject, eventId: id, requestId: correlationid, traceId: traceparent?.split('-')[1] },
      'Successfully processed order event',
    );
  }
}
