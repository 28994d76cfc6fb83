import {
  createClient,
  createReceiver,
  type Client,
  type Handler,
  type ReceiverOptions,
} from '@fanfare/cloudevents';

/** Runs a receiver for as long as `use` takes, and lends it a client that sends there. */
export async function lendClient<T>(
  handler: Handler,
  use: (client: Client) => Promise<T>,
  options?: ReceiverOptions,
): Promise<T> {
  const receiver = createReceiver(handler, options);
  const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });
  const client = createClient(url);
  try {
    return await use(client);
  } finally {
    await client.close();
    await receiver.stop();
  }
}
