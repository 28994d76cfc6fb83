import {
  createClient,
  createHandshake,
  createRateGate,
  createReceiver,
  createSigner,
  createVerifier,
  performHandshake,
  toWebhookId,
  type Handler,
} from '@fanfare/cloudevents';

export function createWebhookReceiver(handler: Handler, secrets: readonly string[]) {
  return createReceiver(handler, {
    handshake: createHandshake({ allowedOrigins: ['shop.example'], allowedRate: 600 }),
    verifier: createVerifier({ secrets }),
    signatureCovers: 'event',
  });
}

export async function createWebhookSender(url: string, secrets: readonly string[]) {
  const terms = await performHandshake(url, { origin: 'shop.example', rate: 6_000 });
  if (terms.outcome !== 'granted') throw new Error(`no permission to send: ${terms.outcome}`);
  const signer = createSigner({ secrets });
  const waitForTurn = createRateGate(terms.rate);
  const client = createClient(url, {
    mode: 'structured',
    headers: { 'webhook-request-origin': 'shop.example' },
    sign: ({ body }, { id }) => signer.sign({ id: toWebhookId(id), body }),
  });
  return { client, rate: terms.rate, waitForTurn };
}

/** Asks for permission, keeps to the rate, and signs; what is not signed is refused. */
export async function runWebhooks() {
  const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
  const receiver = createWebhookReceiver(() => undefined, secrets);
  const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });
  const { client, rate, waitForTurn } = await createWebhookSender(url, secrets);
  const stranger = createClient(url, { headers: { 'webhook-request-origin': 'shop.example' } });
  const event = { type: 'order.created', source: '/orders' };

  await waitForTurn();
  const signed = await client.send(event);
  const unsigned = await stranger.send(event);

  await Promise.all([client.close(), stranger.close()]);
  await receiver.stop();
  return { rate, signed, unsigned };
}
