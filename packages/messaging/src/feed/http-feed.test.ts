import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { createHttpFeed } from './http-feed';

const page = { topic: 'orders', partition: 0, first_sequence: 1, next_sequence: 1, head: 0, events: [] };

describe('a feed over HTTP', () => {
  const clock = createVirtualClock();
  let server: Server;
  let asked: number;
  let more: object;
  let isSilent: boolean;
  let answer: { readonly status: number; readonly retryAfter?: string };
  beforeEach(async () => {
    asked = 0;
    more = {};
    isSilent = false;
    answer = { status: 200 };
    server = createServer((_, response) => {
      asked += 1;
      if (isSilent) return;
      const { status, retryAfter } = answer;
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
      response.end(JSON.stringify({ ...page, ...more }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const open = () => {
    const { port } = server.address() as AddressInfo;
    return createHttpFeed({ ownerUrl: `http://127.0.0.1:${port}`, topic: 'orders', clock });
  };
  const inSeconds = (seconds: number) => new Date(clock.now().getTime() + seconds * 1_000).toUTCString();

  it.each([
    ['429 and seconds', 429, () => '7', 7],
    ['503 and seconds', 503, () => '7', 7],
    ['429 and a time', 429, () => inSeconds(7), 7],
    ['429 and a day, of which a minute is believed', 429, () => '86400', 60],
  ])('leaves its owner alone for as long as that asks, by %s', async (_, status, retryAfter, seconds) => {
    const feed = open();
    answer = { status, retryAfter: retryAfter() };
    await expect(feed.read(0, 1, 10)).rejects.toMatchObject({ code: 'unavailable' });
    answer = { status: 200 };

    await clock.advance(seconds * 1_000 - 0.5);
    await expect(feed.read(0, 1, 10)).rejects.toThrow('asks to be left alone for 1 ms');
    expect(asked).toBe(1);
    await clock.advance(0.5);

    expect(await feed.read(0, 1, 10)).toMatchObject({ head: 0 });
  });

  it('waits no longer than until it is told to stop', async () => {
    const feed = open();
    isSilent = true;
    const stop = new AbortController();
    const page = feed.read(0, 1, 10, stop.signal);

    await eventually(() => {
      expect(asked).toBe(1);
    });
    stop.abort(new Error('the service stops'));

    await expect(page).rejects.toThrow('the service stops');
    await expect(page).rejects.toMatchObject({ code: 'unavailable' });
    await expect(feed.read(0, 1, 10, stop.signal)).rejects.toThrow('the service stops');
    expect(asked).toBe(1);
  });

  it('tells how many partitions the topic has when its owner does', async () => {
    const feed = open();
    expect((await feed.read(0, 1, 10)).partitions).toBeUndefined();
    more = { partitions: 4 };

    expect((await feed.read(0, 1, 10)).partitions).toBe(4);
  });

  it.each([
    [503, undefined],
    [429, 'soon'],
    [500, '7'],
    [404, '7'],
  ])('asks again at once after %i with Retry-After %s', async (status, retryAfter) => {
    const feed = open();
    answer = { status, ...(retryAfter !== undefined && { retryAfter }) };
    await expect(feed.read(0, 1, 10)).rejects.toThrow(`answered ${status}`);
    answer = { status: 200 };

    expect(await feed.read(0, 1, 10)).toMatchObject({ head: 0 });
  });
});
