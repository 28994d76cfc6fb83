import { createClient } from '../client/create-client';
import { useServers } from '../testing/use-servers';
import { performHandshake } from './perform-handshake';
import { isPublicAddress } from './public-address';

const servers = useServers();
const hosts = ['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', 'localhost'];
const event = { type: 'custom', source: '/t' };

/** A receiver that takes everything, as it is called by the name of `host`. */
async function start(host: string): Promise<{ url: string; take: jest.Mock }> {
  const take = jest.fn(() => ({ status: 204, headers: { 'webhook-allowed-origin': '*' } }));
  const url = await servers.answer(take);
  return { url: url.replace('127.0.0.1', host), take };
}

describe.each(hosts)('a guard that lets requests only into the public internet, of %s', (host) => {
  const refusal = { cause: { message: expect.stringContaining('is no public address') as string } };

  it('lets no event through', async () => {
    const { url, take } = await start(host);

    const result = await servers.own(createClient(url, { allowsAddress: isPublicAddress })).send(event);

    expect(result).toMatchObject({ outcome: 'undelivered', retryable: true, ...refusal });
    expect(take).not.toHaveBeenCalled();
  });

  it('lets no question for permission through', async () => {
    const { url, take } = await start(host);

    const result = await performHandshake(url, { origin: 'shop.example', allowsAddress: isPublicAddress });

    expect(result).toMatchObject({ outcome: 'undelivered', ...refusal });
    expect(take).not.toHaveBeenCalled();
  });
});

it.each(['127.0.0.1', 'localhost'])('a guard that allows %s lets requests through', async (host) => {
  const { url, take } = await start(host);
  const allowed = { allowsAddress: () => true };

  expect(await servers.own(createClient(url, allowed)).send(event)).toMatchObject({ outcome: 'ack' });
  expect(await performHandshake(url, { origin: 'shop.example', ...allowed })).toMatchObject({
    outcome: 'granted',
  });
  expect(take).toHaveBeenCalledTimes(2);
});
