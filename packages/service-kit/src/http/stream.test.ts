import { eventually, openRawConnection } from '@fanfare/core/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hostForTest, serviceWith } from '../testing';
import { defineRoute, type RouteRequest } from './route';

type AnyRequest = RouteRequest<unknown, unknown, undefined>;

function streamRoute(stream: (request: AnyRequest) => AsyncIterable<string>) {
  return defineRoute({
    method: 'get',
    path: '/stream',
    role: 'reader',
    summary: 'Follow',
    responses: { 200: { description: 'Events', contentType: 'text/event-stream' } },
    handle: (request) => ({ status: 200, stream: stream(request) }),
  });
}

function hostStream(stream: (request: AnyRequest) => AsyncIterable<string>) {
  return hostForTest(() => serviceWith({ routes: [streamRoute(stream)] }));
}

/** Gives one piece and then waits for its end, which it notes. */
function endless(notes: string[]) {
  return async function* ({ signal }: AnyRequest) {
    try {
      yield 'data: 1\n\n';
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
    } finally {
      notes.push('ended');
    }
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const get = 'GET /stream HTTP/1.1\r\nhost: x\r\n\r\n';

describe('a stream', () => {
  it('is sent piece by piece, as server-sent events, until it ends', async () => {
    await using service = await hostStream(async function* () {
      yield 'data: 1\n\n';
      yield 'data: 2\n\n';
    });

    expect(await service.request('/stream')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
      body: 'data: 1\n\ndata: 2\n\n',
    });
  });

  it('has the type that its route says', async () => {
    const lines = defineRoute({
      method: 'get',
      path: '/lines',
      role: 'reader',
      summary: 'Read all',
      responses: {},
      handle: () => ({
        status: 200,
        headers: { 'content-type': 'application/x-ndjson' },
        stream: (async function* () {
          yield '1\n';
          yield '2\n';
        })(),
      }),
    });
    await using service = await hostForTest(() => serviceWith({ routes: [lines] }));

    const response = await fetch(`${service.url}/lines`);

    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(await response.text()).toBe('1\n2\n');
  });

  it('ends when its client has gone', async () => {
    const notes: string[] = [];
    await using service = await hostStream(endless(notes));
    const client = openRawConnection(service.url);
    client.write(get);
    await eventually(() => {
      expect(client.received()).toContain('data: 1');
    });

    client.destroy();

    await eventually(() => {
      expect(notes).toEqual(['ended']);
    });
  });

  it('ends well when the service stops', async () => {
    const notes: string[] = [];
    const service = await hostStream(endless(notes));
    const response = await fetch(`${service.url}/stream`);

    await service.stop();

    expect(await response.text()).toBe('data: 1\n\n');
    expect(notes).toEqual(['ended']);
  });

  it('is made no faster than the client reads', async () => {
    let made = 0;
    await using service = await hostStream(async function* () {
      for (; made < 1_000; made += 1) yield 'x'.repeat(256 * 1024);
    });

    const response = await fetch(`${service.url}/stream`);
    const reader = response.body?.getReader();
    await reader?.read();
    await eventually(async () => {
      const before = made;
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
      expect(made).toBe(before);
    });

    expect(made).toBeLessThan(200);
    await reader?.cancel();
  });

  it('keeps nothing of what it has sent while it goes on', async () => {
    const pieceBytes = 64 * 1024;
    const pieces = 1_000;
    await using service = await hostStream(async function* ({ signal }) {
      for (let made = 0; made < pieces; made += 1) yield Buffer.alloc(pieceBytes, 'x').toString('latin1');
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
    });
    const before = heapInUse();
    let keptBytes = NaN;

    const { body } = await fetch(`${service.url}/stream`);
    let missingBytes = pieces * pieceBytes;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      missingBytes -= chunk.length;
      if (missingBytes > 0) continue;
      keptBytes = heapInUse() - before;
      break;
    }

    expect(keptBytes).toBeLessThan((pieces * pieceBytes) / 4);
  });

  it('that fails half-way cuts the connection, so that nobody takes it for complete', async () => {
    await using service = await hostStream(async function* () {
      yield 'data: 1\n\n';
      throw new TypeError('a bug');
    });

    const response = await fetch(`${service.url}/stream`);

    await expect(response.text()).rejects.toThrow();
    await eventually(() => {
      expect(service.logLines.at(-1)).toMatchObject({ level: 'error', msg: 'a request failed' });
    });
  });

  it('is not begun for HEAD', async () => {
    let isBegun = false;
    await using service = await hostStream(async function* () {
      isBegun = true;
      yield 'data: 1\n\n';
    });

    expect(await service.request('/stream', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect(isBegun).toBe(false);
  });
});
