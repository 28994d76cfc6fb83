import { formatResult, fromLegacy, isAck, type Client, type CloudEvent } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** What was posted until now. */
const legacy = {
  event_type: 'OrderCreated',
  order_id: 'order-1',
  created_at: '2026-01-02T03:04:05Z',
  region: 'eu',
  details: { total: 42 },
};

const toEvent = fromLegacy({
  type: () => 'com.example.order.created',
  source: () => '/orders',
  subject: 'order_id',
  time: 'created_at',
  data: 'details',
});

export async function runFromOwnFormat() {
  const received: CloudEvent[] = [];
  await lendClient(
    (event) => void received.push(event),
    async (client) => {
      // before: await fetch(url, { method: 'POST', body: JSON.stringify(legacy) });
      await client.send(toEvent(legacy));
    },
  );
  return received;
}

/** As much of a queue's message and channel as a consumer needs. */
export interface QueuedMessage {
  readonly content: string;
  ack(): void;
  requeue(): void;
  deadLetter(reason: string): void;
}

/** Before: `apply(JSON.parse(message.content)); message.ack();`, whatever had become of it. */
export async function forwardFromQueue(message: QueuedMessage, client: Client): Promise<void> {
  const result = await client.send(toEvent(JSON.parse(message.content)));
  if (isAck(result)) message.ack();
  else if (result.retryable) message.requeue();
  else message.deadLetter(formatResult(result));
}
