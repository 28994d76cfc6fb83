import { formatResult, nack, sendToAll, type CloudEvent } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

export const orderCreated = { type: 'com.example.order.created', source: '/orders', id: 'o-1' };

/** Sends one event to three receivers, and learns from each what became of it. */
export async function runPublishToSeveral() {
  const received: string[] = [];
  const receiveAs = (name: string) => (event: CloudEvent) => {
    received.push(`${name} got ${event.id}`);
  };
  const refuse = () => nack(503, 'the mail server is away');

  const results = await lendClient(receiveAs('analytics'), (analytics) =>
    lendClient(receiveAs('audit'), (audit) =>
      lendClient(refuse, (email) => Promise.all(sendToAll([analytics, audit, email], orderCreated))),
    ),
  );
  return { received, results: results.map(formatResult) };
}
