import { useServers } from '../testing/use-servers';
import { createClient } from './create-client';
import { sendToAll } from './send-to-all';

const servers = useServers();
const event = { type: 'order.created', source: '/orders' };

describe('sendToAll', () => {
  it('sends one event under one id to every receiver, with a result of each', async () => {
    const ids = new Set<unknown>();
    const open = async (status: number) =>
      servers.own(
        createClient(
          await servers.answer(({ headers }) => {
            ids.add(headers['ce-id']);
            return { status };
          }),
        ),
      );
    const clients = [await open(200), await open(500), await open(204)];

    const results = await Promise.all(sendToAll(clients, event));

    expect(results).toMatchObject([
      { outcome: 'ack', status: 200 },
      { outcome: 'nack', status: 500 },
      { outcome: 'ack', status: 204 },
    ]);
    expect(ids.size).toBe(1);
  });

  it('has the result of one receiver while another is silent', async () => {
    const stop = new AbortController();
    const silent = servers.own(createClient(await servers.answer(() => undefined)));
    const alive = servers.own(createClient(await servers.answer(() => ({ status: 204 }))));

    const [pending, settled] = sendToAll([silent, alive], event, { signal: stop.signal });

    expect(await settled).toEqual({ outcome: 'ack', status: 204 });
    stop.abort();
    expect(await pending).toMatchObject({ outcome: 'undelivered' });
  });

  it('says to each why an event that is not valid was not sent', async () => {
    const client = servers.own(createClient('http://127.0.0.1:9'));

    expect(await Promise.all(sendToAll([client, client], { ...event, type: '' }))).toMatchObject([
      { outcome: 'undelivered', retryable: false },
      { outcome: 'undelivered', retryable: false },
    ]);
  });
});
