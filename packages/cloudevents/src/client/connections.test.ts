import { eventually } from '@fanfare/core/testing';
import { newEvent as event, useClients } from '../testing/use-clients';

const { servers, open } = useClients();

describe('the connections of a client', () => {
  it('carry 1,000 sends over no more sockets than the pool has', async () => {
    const sockets = new Set<unknown>();
    const url = await servers.answer(({ socket }) => {
      sockets.add(socket);
      return { status: 204 };
    });
    const client = open(url, { maxConnections: 8, timeoutMs: 120_000 });

    const results = await Promise.all(Array.from({ length: 1_000 }, () => client.send(event)));

    expect(results.filter(({ outcome }) => outcome === 'ack')).toHaveLength(1_000);
    expect(sockets.size).toBeLessThanOrEqual(8);
  });

  it('are usable for the next event after each kind of answer', async () => {
    const sockets = new Set<unknown>();
    const url = await servers.answer(({ socket, headers }) => {
      sockets.add(socket);
      return {
        status: Number(headers['ce-id']),
        body: headers['ce-id'] === '204' ? '' : 'x'.repeat(100_000),
      };
    });
    const client = open(url);

    for (const id of ['200', '400', '503', '204', '302', '200']) await client.send({ ...event, id });

    expect(sockets.size).toBe(1);
  });

  it('report one that the receiver closed while idle as undelivered and worth a retry', async () => {
    let connections = 0;
    const url = await servers.connect((socket) => {
      connections += 1;
      socket.once('data', () => {
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
        socket.once('data', () => socket.destroy());
      });
    });
    const client = open(url);

    expect(await client.send(event)).toMatchObject({ outcome: 'ack' });
    expect(await client.send(event)).toMatchObject({ outcome: 'undelivered', retryable: true });
    expect(await client.send(event)).toMatchObject({ outcome: 'ack' });
    expect(connections).toBe(2);
  });

  it('close after the calls under way, and once', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const arrived = { requests: 0 };
    const url = await servers.answer(async () => {
      arrived.requests += 1;
      await held;
      return { status: 204 };
    });
    const client = open(url);
    const running = client.send(event);
    await eventually(() => {
      expect(arrived.requests).toBe(1);
    });

    const closed = Promise.all([client.close(), client.close()]);
    expect(await client.send(event)).toMatchObject({
      outcome: 'undelivered',
      retryable: false,
      cause: { message: 'the client is closed' },
    });
    release();

    expect(await running).toEqual({ outcome: 'ack', status: 204 });
    await closed;
    expect(arrived.requests).toBe(1);
  });
});
