import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import express from 'express';
import { expectProblem } from '../testing/expect-problem';
import {
  binaryHead,
  createGate,
  fetchAnswer,
  sampleEvent,
  toBinary,
  toStructured,
  useReceivers,
} from '../testing/use-receivers';
import { createReceiver } from './create-receiver';

const local = { port: 0, host: '127.0.0.1' };

describe('a receiver', () => {
  const start = useReceivers();

  it('listens once start resolves, at the address that it gives', async () => {
    const receiver = createReceiver(() => undefined);

    const { url, host, port } = await receiver.start(local);

    expect({ url, host }).toEqual({ url: `http://127.0.0.1:${port}`, host: '127.0.0.1' });
    expect((await fetchAnswer(url, toBinary(sampleEvent))).status).toBe(204);
    await receiver.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('stops right after its start, and never hangs', async () => {
    const receiver = createReceiver(() => undefined);

    const starting = receiver.start(local);
    const stopping = receiver.stop();

    const { url } = await starting;
    await stopping;
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('may be stopped before it was started, and twice', async () => {
    const receiver = createReceiver(() => undefined);

    await receiver.stop();
    await receiver.start(local);
    await Promise.all([receiver.stop(), receiver.stop()]);
    await receiver.stop();
  });

  it('calls the new handler when it is started again with one', async () => {
    const handledBy: string[] = [];
    const { receiver, send } = await start(() => void handledBy.push('old'));
    await send({});
    await receiver.stop();

    const { url } = await receiver.start({ ...local, handler: () => void handledBy.push('new') });
    await fetchAnswer(url, toBinary(sampleEvent));
    await receiver.stop();
    const again = await receiver.start(local);
    await fetchAnswer(again.url, toBinary(sampleEvent));

    expect(handledBy).toEqual(['old', 'new', 'new']);
  });

  it('is not started while it runs, and can be started elsewhere when an address is taken', async () => {
    const { receiver, url } = await start(() => undefined);
    const other = createReceiver(() => undefined);

    await expect(receiver.start(local)).rejects.toMatchObject({ code: 'conflict' });
    await expect(other.start({ ...local, port: Number(new URL(url).port) })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
    await other.start(local);
    await other.stop();
  });

  it('waits for running handlers when it stops, answers their senders, and takes no others', async () => {
    const gate = createGate();
    const { receiver, send, url } = await start(gate.handler);
    const underWay = send({});
    await eventually(() => {
      expect(gate.ids()).toEqual(['e-1']);
    });
    let isStopped = false;
    const stopping = receiver.stop().then(() => (isStopped = true));

    await eventually(() => expect(fetch(url)).rejects.toThrow('fetch failed'));
    expect(isStopped).toBe(false);
    gate.openAll();

    const answer = await underWay;
    expect(answer.status).toBe(204);
    expect(answer.headers.get('connection')).toBe('close');
    await stopping;
  });

  it('waits for handlers whose sender has gone', async () => {
    const gate = createGate();
    let signal: AbortSignal | undefined;
    const { receiver, url } = await start((event, context) => {
      signal = context.signal;
      return gate.handler(event);
    });
    const connection = openRawConnection(url);
    connection.write(binaryHead(sampleEvent));
    await eventually(() => {
      expect(gate.waiting).toHaveLength(1);
    });
    connection.destroy();
    await eventually(() => {
      expect(signal?.aborted).toBe(true);
    });
    let isStopped = false;
    const stopping = receiver.stop().then(() => (isStopped = true));

    await eventually(() => expect(fetch(url)).rejects.toThrow('fetch failed'));
    for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    expect(isStopped).toBe(false);
    gate.openAll();

    await stopping;
  });

  it('closes connections that are idle, or on which nothing came yet, when it stops', async () => {
    const { receiver, url } = await start(() => undefined);
    const idle = openRawConnection(url);
    const silent = openRawConnection(url);
    idle.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => {
      expect(idle.received()).toMatch(/^HTTP\/1.1 405 .*\r\n\r\n\{.*\}$/s);
    });

    await receiver.stop();

    await eventually(() => {
      expect([idle.isClosed(), silent.isClosed()]).toEqual([true, true]);
    });
  });

  it('waits for the rest of a refused request when it stops, and no longer', async () => {
    const { receiver, url } = await start(() => undefined);
    const connection = openRawConnection(url);
    connection.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n');
    await eventually(() => {
      expect(connection.received()).toContain('HTTP/1.1 405 ');
    });

    const stopping = receiver.stop();
    connection.write('abc');

    await stopping;
    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
  });

  it('aborts handlers that take longer than it is told to wait, and cuts off their senders', async () => {
    const clock = createVirtualClock();
    let signal: AbortSignal | undefined;
    const { receiver, send } = await start(
      (_, context) => {
        signal = context.signal;
        return new Promise<void>((resolve) => {
          context.signal.addEventListener('abort', () => {
            resolve();
          });
        });
      },
      { clock },
    );
    const sending = send({}).catch((error: unknown) => error);
    await eventually(() => {
      expect(signal?.aborted).toBe(false);
    });
    const stopping = receiver.stop({ graceMs: 5_000 });

    await eventually(async () => {
      await clock.advance(5_000);
      expect(signal?.aborted).toBe(true);
    });

    await stopping;
    expect(await sending).toMatchObject({ message: 'fetch failed' });
  });
});

describe('the middleware', () => {
  async function serveWith(prepare: (app: express.Express) => void) {
    const app = express();
    const handled: unknown[] = [];
    const onError = jest.fn();
    const receiver = createReceiver(({ id, data }) => void handled.push([id, data]), { onError });
    prepare(app);
    app.use('/events', receiver.middleware);
    const server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
    return {
      handled,
      post: (init: RequestInit) => fetchAnswer(url, init),
      [Symbol.asyncDispose]: async () => {
        await receiver.stop();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it('has its handlers aborted that take longer than stop is told to wait', async () => {
    const clock = createVirtualClock();
    let signal: AbortSignal | undefined;
    const gate = createGate();
    const receiver = createReceiver(
      (event, context) => {
        signal = context.signal;
        return gate.handler(event);
      },
      { clock },
    );
    const server = createServer(receiver.middleware);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const sending = fetchAnswer(`http://127.0.0.1:${port}`, toBinary(sampleEvent));
    await eventually(() => {
      expect(signal?.aborted).toBe(false);
    });

    const stopping = receiver.stop({ graceMs: 5_000 });
    await clock.advance(5_000);
    await stopping;

    expect(signal?.aborted).toBe(true);
    gate.openAll();
    expect((await sending).status).toBe(204);
    await new Promise((resolve) => server.close(resolve));
  });

  const event = { ...sampleEvent, data: { total: 5 } };

  it.each([
    ['nothing', () => undefined],
    ['a parser of raw bodies', (app: express.Express) => void app.use(express.raw({ type: '*/*' }))],
    ['a parser of texts', (app: express.Express) => void app.use(express.text({ type: '*/*' }))],
    ['a parser of other types', (app: express.Express) => void app.use(express.urlencoded())],
  ])('receives events behind %s in Express', async (_, prepare) => {
    await using server = await serveWith(prepare);

    expect((await server.post(toBinary(event))).status).toBe(204);
    expect((await server.post(toStructured(event))).status).toBe(204);

    expect(server.handled).toEqual([
      ['e-1', { total: 5 }],
      ['e-1', { total: 5 }],
    ]);
  });

  it('says what is wrong when a body was parsed before it could read it', async () => {
    await using server = await serveWith((app) => app.use(express.json()));

    const problem = expectProblem(await server.post(toBinary(event)), 500);

    expect(problem['detail']).toContain('mount it before body parsers');
  });

  it('refuses a body beyond its limit that a parser let through', async () => {
    await using server = await serveWith((app) => app.use(express.raw({ type: '*/*', limit: '2mb' })));

    expectProblem(await server.post(toBinary({ ...event, data: 'x'.repeat(1024 * 1024) })), 413);
  });
});
