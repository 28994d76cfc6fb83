import type { CloudEvent } from '@fanfare/cloudevents';
import type { Taken } from '../mailbox/mailbox';

/** No attribute of an event holds these (CloudEvents 1.0.2, "Type System"); a sender's text may. */
const unspeakable = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** A delivery as the event that is posted to its recipient (contract §4, "Webhook"). */
export function toEvent(mediator: string, { delivery, traceparent }: Taken): CloudEvent {
  const { sender_id, correlation_id, deadline } = delivery;
  return {
    specversion: '1.0',
    id: delivery.id,
    type: delivery.type,
    source: `/mediator/${mediator}`,
    subject: delivery.recipient_id,
    time: delivery.timestamp,
    kind: delivery.kind,
    priority: delivery.priority,
    attempt: delivery.attempt,
    traceparent,
    ...(sender_id !== null && { senderid: sender_id }),
    ...(correlation_id !== null && !unspeakable.test(correlation_id) && { correlationid: correlation_id }),
    ...(deadline !== null && { deadline }),
    datacontenttype: 'application/json',
    data: (delivery.kind === 'message' ? delivery.content : delivery.data) ?? null,
  };
}
