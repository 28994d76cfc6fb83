import {
  createEvent,
  formatResult,
  isAck,
  nack,
  type CloudEvent,
  type HandlerAnswer,
} from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

const statuses = new Map([['order-1', 'shipped']]);

function answerStatusQuery({ type, subject = '' }: CloudEvent): HandlerAnswer {
  if (type !== 'order.status.query') return nack(422, `cannot answer ${type}`);
  const status = statuses.get(subject);
  if (status === undefined) return nack(404, `there is no order ${subject}`);
  return createEvent({ type: 'order.status.reply', source: '/orders', subject, data: { status } });
}

/** Asks for the status of an order. The reply is a valid event, whose `causationid` is the id of the question. */
export function runRequestReply(orderId: string) {
  return lendClient(answerStatusQuery, async (client) => {
    const { result, reply } = await client.request({
      type: 'order.status.query',
      source: '/shop',
      id: `query-of-${orderId}`,
      subject: orderId,
    });
    return isAck(result) && reply ? reply : formatResult(result);
  });
}
