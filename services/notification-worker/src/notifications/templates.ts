import type { Notification } from './notification';
import type { OrderCreated, OrderTransition } from './order-event';

/** A notification in words. */
export interface Message {
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

type Told = Pick<Notification, 'orderId' | 'customerId' | 'event'>;

/** What the customer is told. */
export function toMessage({ orderId, customerId, event }: Told): Message {
  const greeting = customerId === null ? 'Dear customer' : `Dear ${customerId}`;
  const sentence =
    event.name === 'order.created'
      ? `thank you for your order ${orderId}.\n\n${describeItems(event.data)}`
      : describeTransition(orderId, event.data);
  return { subject: toHeadline({ orderId, customerId, event }), text: `${greeting},\n\n${sentence}\n` };
}

/** The same for the log: for a new order the two lines that operators have always looked for. */
export function toLogLines(told: Told): readonly string[] {
  const headline = `📧 [NOTIFICATION] ${toHeadline(told)}`;
  const { name, data } = told.event;
  return name === 'order.created' ? [headline, `   ${describeItems(data)}`] : [headline];
}

function toHeadline({ orderId, customerId, event }: Told): string {
  const happened = event.name.replace(/^order\./, '');
  const recipient =
    event.name === 'order.created' && customerId !== null ? ` for customer ${customerId}` : '';
  return `Order ${orderId} ${happened}${recipient}`;
}

function describeItems(data: OrderCreated): string {
  const amount = data.total_amount.toFixed(2);
  const total = data.currency === 'USD' ? `$${amount}` : `${amount} ${data.currency}`;
  return `Product: ${data.product_id}, Quantity: ${data.quantity}, Total: ${total}`;
}

function describeTransition(orderId: string, data: OrderTransition): string {
  const order = `your order ${orderId}`;
  switch (data.new_status) {
    case 'confirmed':
      return `${order} is confirmed and will be shipped soon.`;
    case 'shipped':
      return `${order} is on its way to you.`;
    case 'delivered':
      return `${order} was delivered.`;
    case 'completed':
      return `${order} is completed. We hope to see you again.`;
    case 'cancelled':
      return data.reason === undefined
        ? `${order} was cancelled.`
        : `${order} was cancelled: ${data.reason}.`;
    case 'pending':
      return `${order} waits for its confirmation.`;
  }
}

/**
 * Puts what `{id}`, `{order_id}`, `{customer_id}` and `{text}` stand for into a text. `encode` makes a value fit its
 * surroundings. Returns null when the text asks for the customer and the customer is not known.
 */
export function fillIn(
  template: string,
  { id, orderId, customerId, event }: Notification,
  encode: (value: string) => string = String,
): string | null {
  if (customerId === null && template.includes('{customer_id}')) return null;
  const values = new Map([
    ['{id}', id],
    ['{order_id}', orderId],
    ['{customer_id}', customerId ?? ''],
    ['{text}', toHeadline({ orderId, customerId, event })],
  ]);
  // in one pass: what stands in a value is never a placeholder
  return template.replace(/\{\w+\}/g, (placeholder) => {
    const value = values.get(placeholder);
    return value === undefined ? placeholder : encode(value);
  });
}
