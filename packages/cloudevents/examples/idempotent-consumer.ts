import { createMemoryInbox, type CloudEvent } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** Counts an event once, however often it is delivered. An inbox in a database also does so after a restart. */
export async function runIdempotentConsumer() {
  let revenue = 0;
  const count = ({ data }: CloudEvent) => void (revenue += Number(data));

  const results = await lendClient(
    count,
    async (client) => {
      const event = { type: 'order.paid', source: '/orders', id: 'o-1', data: 42 };
      return [await client.send(event), await client.send(event), await client.send({ ...event, id: 'o-2' })];
    },
    { inbox: createMemoryInbox() },
  );
  return { revenue, outcomes: results.map(({ outcome }) => outcome) };
}
