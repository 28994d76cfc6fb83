import { createClient, createReceiver, formatResult } from '@fanfare/cloudevents';

export function startConsumer(port = 8080) {
  const receiver = createReceiver((event) => {
    console.log(`received ${event.type} of ${event.subject ?? 'nobody'}:`, event.data);
  });
  return receiver.start({ port }).then(({ url }) => ({ url, stop: () => receiver.stop() }));
}

export async function runProducer(url = 'http://localhost:8080') {
  const client = createClient(url);
  const result = await client.send({
    type: 'com.example.user.created',
    source: '/users',
    subject: 'user-42',
    data: { name: 'Ada' },
  });
  console.log(formatResult(result)); // ack 204
  await client.close();
  return result;
}
