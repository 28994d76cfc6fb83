import type { OrderStatus, TraceContext } from '@fanfare/contracts';
import type { Logger } from '@fanfare/service-kit';

/** What is logged of an order's event. The log of a request says by itself which one it was. */
export interface LoggedEvent {
  readonly orderId: string;
  readonly eventId: string;
  readonly happened: 'created' | OrderStatus;
  readonly trace?: Pick<TraceContext, 'correlationid' | 'traceparent'>;
}

/** One line per order event that this service has made. */
export function logOrderEvent(
  log: Pick<Logger, 'info'>,
  { orderId, eventId, happened, trace }: LoggedEvent,
): void {
  const request = trace && { requestId: trace.correlationid, traceId: trace.traceparent.split('-')[1] };
  log.info({ orderId, eventId, ...request }, `Order ${happened} successfully: ${orderId}`);
}
