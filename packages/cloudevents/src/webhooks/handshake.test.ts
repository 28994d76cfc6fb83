import { createClient, type ClientOptions } from '../client/create-client';
import { useReceivers } from '../testing/use-receivers';
import { createHandshake } from './answer-handshake';
import { performHandshake } from './perform-handshake';
import { createRateGate } from './rate-gate';
import { createSigner } from './sign-webhook';
import { createVerifier } from './verify-webhook';

const origin = 'events.example.com';
const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'];
const event = { source: '/orders', type: 'order.created', data: { order_id: 'order-1' } };

describe('a receiver that wants to be asked first, and signatures', () => {
  const start = useReceivers();
  const startReceiver = (received: string[] = []) =>
    start(({ id }) => void received.push(id), {
      handshake: createHandshake({ allowedOrigins: [origin], allowedRate: 6_000 }),
      verifier: createVerifier({ secrets }),
    });
  const { sign } = createSigner({ secrets });
  const named: ClientOptions = { headers: { 'webhook-request-origin': origin } };
  const signed: ClientOptions = { sign: ({ body }, { id }) => sign({ id, body }) };

  it('takes events from a sender that it has granted, by its name, at its rate, and signed', async () => {
    const received: string[] = [];
    const { url } = await startReceiver(received);

    const permission = await performHandshake(url, { origin, rate: 60_000 });
    if (permission.outcome !== 'granted') throw new Error(permission.outcome);
    const waitForTurn = createRateGate(permission.rate);
    const client = createClient(url, { ...named, ...signed });
    for (const id of ['e-1', 'e-2']) {
      await waitForTurn();
      await client.send({ ...event, id });
    }
    await client.close();

    expect(permission).toEqual({ outcome: 'granted', origin, rate: 6_000 });
    expect(received).toEqual(['e-1', 'e-2']);
  });

  it.each([
    ['does not say who it is', 403, signed],
    ['does not sign', 401, named],
  ])('takes none from a sender that %s', async (_, status, options) => {
    const received: string[] = [];
    const { url } = await startReceiver(received);
    const client = createClient(url, options);

    const result = await client.send(event);
    await client.close();

    expect(result).toMatchObject({ outcome: 'nack', status });
    expect(received).toEqual([]);
  });
});
