import { isPublicAddress } from '@fanfare/cloudevents';
import { createVirtualClock } from '@fanfare/core';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sampleObserver } from '../observers/testing/sample-observer';
import { compileObserver } from '../observers/compile-observer';
import { createWebhookSender } from './webhook-sender';

describe('a sender that keeps out of its own network', () => {
  let requests: number;
  let port: number;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(204).end();
  });

  beforeEach(async () => {
    requests = 0;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  const send = async (host: string, allowsAddress: (address: string) => boolean) => {
    const endpoint = `http://${host}:${port}/`;
    const observer = sampleObserver({ endpoint });
    const sender = createWebhookSender({ ...compileObserver(observer), observer }, endpoint, {
      clock: createVirtualClock(),
      newId: () => 'id',
      allowsAddress,
      headers: () => ({}),
    });
    const event = {
      specversion: '1.0' as const,
      id: 'e-1',
      type: 'custom',
      source: '/t',
      time: '2026-01-01T00:00:00Z',
    };
    const place = { position: 1, stream: null, version: null, isErased: false, recordedAt: new Date(0) };
    const logged = { ...place, event };
    const [outcome] = await sender.send([{ logged, attempt: 1 }], new AbortController().signal);
    await sender.close();
    return outcome;
  };

  it.each(['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', 'localhost'])(
    'sends nothing to %s, though that was an allowed place when its observer was made',
    async (host) => {
      const outcome = await send(host, isPublicAddress);

      expect(outcome).toMatchObject({
        result: 'failed',
        statusCode: null,
        error: expect.stringContaining('no public address') as string,
      });
      expect(requests).toBe(0);
    },
  );

  it.each(['127.0.0.1', 'localhost'])('sends to %s where that is allowed', async (host) => {
    expect(await send(host, () => true)).toMatchObject({ result: 'delivered', statusCode: 204 });
    expect(requests).toBe(1);
  });
});
