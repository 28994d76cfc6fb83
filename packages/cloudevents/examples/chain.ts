import {
  ack,
  createEvent,
  formatResult,
  isAck,
  nack,
  type Client,
  type CloudEvent,
  type HandlerAnswer,
  type NewEvent,
} from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** What follows from an event belongs to the same story and names its cause. */
function follow(cause: CloudEvent, next: NewEvent): CloudEvent {
  const correlationid = cause['correlationid'] ?? cause.id;
  return createEvent({ ...next, subject: cause.subject, correlationid, causationid: cause.id });
}

/** Acknowledges an event once the next one is taken; until then whoever sent it is to come again. */
async function passOn(client: Client, event: CloudEvent): Promise<HandlerAnswer> {
  const result = await client.send(event);
  return isAck(result) ? ack() : nack(503, formatResult(result), 1_000);
}

/** An order is paid, and what is paid is shipped: each service knows only the event before its own. */
export async function runChain() {
  const story: CloudEvent[] = [];
  const tell = (event: CloudEvent) => {
    story.push(event);
    return event;
  };

  await lendClient(
    (paid) => void tell(follow(paid, { type: 'fulfilment.started', source: '/fulfilment' })),
    (fulfilment) =>
      lendClient(
        (order) =>
          passOn(fulfilment, tell(follow(order, { type: 'payment.completed', source: '/payments' }))),
        (payments) =>
          payments.send(tell(createEvent({ type: 'order.created', source: '/orders', subject: 'order-1' }))),
      ),
  );
  return story;
}
