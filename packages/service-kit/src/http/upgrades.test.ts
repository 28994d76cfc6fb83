import type { Duplex } from 'node:stream';
import { AppError, createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import { z } from 'zod';
import type { Service, Upgrade } from '../hosting/service';
import { expectProblem, hostForTest, serviceWith, type HostForTestOptions } from '../testing';
import { restingWorker } from '../testing/resting-worker';
import { HttpProblem, problemBody } from './problem';
import { defineRoute, reply } from './route';

/** Speaks a protocol of its own: greets, gives back what it gets, and says goodbye. */
function createEcho(parts: Partial<Upgrade> = {}) {
  const sockets: Duplex[] = [];
  const upgrade: Upgrade = {
    path: '/ws',
    handle({ url }, socket, head) {
      sockets.push(socket);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
      socket.write(`hello at ${url ?? ''}${head.toString()}`);
      socket.on('data', (chunk) => socket.write(chunk));
      socket.on('end', () => socket.end());
    },
    close: async () => {
      for (const socket of sockets) socket.end('goodbye');
    },
    ...parts,
  };
  return { upgrade, sockets };
}

function host({ upgrade }: Pick<Service, 'upgrade'>, options: HostForTestOptions = {}) {
  return hostForTest(() => serviceWith({ ...(upgrade && { upgrade }) }), options);
}

function ask(url: string, path: string, { protocol = 'websocket', rest = '' } = {}) {
  const connection = openRawConnection(url);
  const headers = `host: x\r\nconnection: upgrade\r\nupgrade: ${protocol}\r\nx-request-id: r-1`;
  connection.write(`GET ${path} HTTP/1.1\r\n${headers}\r\n\r\n${rest}`);
  return connection;
}

/** Waits until the server has answered and closed the connection, and reads the problem. */
async function refusal(connection: ReturnType<typeof ask>) {
  await eventually(() => {
    expect(connection.isClosed()).toBe(true);
  });
  const [head = '', body = ''] = connection.received().split('\r\n\r\n');
  const problem = problemBody.parse(JSON.parse(body));
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${problem.status} ${problem.title}\r\n`));
  expect(head).toContain('content-type: application/problem+json');
  expect(problem.request_id).toBe('r-1');
  return { head, ...problem };
}

describe('a request for an upgrade', () => {
  it.each(['/ws', '/ws/', '/ws?user_id=u-1', '/ws/?user_id=u-1'])(
    'at %s hands the connection to the service',
    async (path) => {
      await using service = await host(createEcho());

      const connection = ask(service.url, path, { protocol: 'WebSocket', rest: ', early' });
      await eventually(() => {
        expect(connection.received()).toContain(`hello at ${path}, early`);
      });
      connection.write('to and fro');

      await eventually(() => {
        expect(connection.received()).toMatch(/to and fro$/);
      });
      connection.destroy();
    },
  );

  it('at another path finds nothing', async () => {
    await using service = await host(createEcho());

    expect(await refusal(ask(service.url, '/wsx?at=/ws'))).toMatchObject({ status: 404, instance: '/wsx' });
  });

  it('to a protocol that is not spoken here is served as if it asked for none', async () => {
    const echo = defineRoute({
      method: 'post',
      path: '/echo',
      role: 'writer',
      summary: 'Give back',
      body: z.object({ text: z.string() }),
      responses: {},
      handle: ({ body }) => reply(200, body),
    });
    await using service = await hostForTest(() => serviceWith({ ...createEcho(), routes: [echo] }));
    const connection = openRawConnection(service.url);
    const body = JSON.stringify({ text: 'grüße' });
    const request = (options: string) =>
      `POST /echo HTTP/1.1\r\nhost: x\r\nconnection: Upgrade, HTTP2-Settings${options}\r\nupgrade: h2c\r\n` +
      `http2-settings: AAEAAEAAAAIAAAAB\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n`;

    connection.write(request('') + body);
    await eventually(() => {
      expect(connection.received()).toContain(body);
    });
    // on the same connection, with a body that comes later, and with an end to the connection
    connection.write(request(', close'));
    connection.write(body);

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    expect(connection.received().match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
  });

  it('is refused for now until the service is prepared', async () => {
    const prepare = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    await using service = await hostForTest(() => serviceWith({ ...createEcho(), prepare }), {
      clock: createVirtualClock(),
      untilReady: false,
    });

    const { status, head } = await refusal(ask(service.url, '/ws'));

    expect(status).toBe(503);
    expect(head).toContain('retry-after: 1');
  });

  it.each<[string, (thrown: Error) => Promise<void>]>([
    [
      'at once',
      (thrown) => {
        throw thrown;
      },
    ],
    ['after a while', (thrown) => Promise.reject(thrown)],
  ])('is answered with what the service throws %s', async (_, fail) => {
    let thrown: Error = new HttpProblem(401, 'who are you?', { headers: { 'www-authenticate': 'Bearer' } });
    const handle = () => fail(thrown);
    await using service = await host(createEcho({ handle }));

    const refused = await refusal(ask(service.url, '/ws'));
    thrown = new TypeError('hunter2 of undefined');
    const failed = await refusal(ask(service.url, '/ws'));

    expect(refused).toMatchObject({ status: 401, code: 'unauthorised', detail: 'who are you?' });
    expect(refused.head).toContain('www-authenticate: Bearer');
    expect(failed.status).toBe(500);
    expect(JSON.stringify(failed)).not.toContain('hunter2');
    expect(service.logLines.at(-1)).toMatchObject({ level: 'error', requestId: 'r-1' });
  });

  it('that fails in the middle ends alone', async () => {
    const { upgrade, sockets } = createEcho();
    await using service = await host({ upgrade });
    const connection = ask(service.url, '/ws');
    await eventually(() => {
      expect(sockets).toHaveLength(1);
    });

    sockets[0]?.destroy(new Error('it broke'));

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    expect(await service.request('/health')).toMatchObject({ status: 200 });
  });

  it('is served as any other request by a service that has no WebSocket', async () => {
    await using service = await host({});

    const connection = ask(service.url, '/health', { protocol: 'h2c' });

    await eventually(() => {
      expect(connection.received()).toMatch(/^HTTP\/1.1 200 OK/);
    });
    connection.destroy();
  });
});

describe('the path of a WebSocket', () => {
  it('tells a plain request to upgrade', async () => {
    await using service = await host(createEcho());

    const response = await service.request('/ws?user_id=u-1');

    expect(expectProblem(response, 426)).toMatchObject({ code: 'upgrade-required' });
    expect(response.headers['upgrade']).toBe('websocket');
  });
});

describe('a service with open WebSockets that stops', () => {
  async function openOne(upgrade: Upgrade, options: HostForTestOptions = {}) {
    const notes: string[] = [];
    const workers = [restingWorker('relay', notes)];
    const service = await hostForTest(() => serviceWith({ upgrade, workers }), options);
    const connection = ask(service.url, '/ws');
    await eventually(() => {
      expect(connection.received()).toContain('hello');
    });
    return { service, connection, notes };
  }

  it('says goodbye to their clients before its workers end', async () => {
    let notesAtGoodbye: readonly string[] = ['never said'];
    const echo = createEcho();
    const { service, connection, notes } = await openOne({
      ...echo.upgrade,
      close: async () => {
        notesAtGoodbye = [...notes];
        await echo.upgrade.close();
      },
    });

    await service.stop();

    expect(connection.received()).toMatch(/goodbye$/);
    expect([notesAtGoodbye, notes]).toEqual([[], ['relay ended']]);
  });

  it.each([
    ['says nothing', () => Promise.resolve()],
    ['fails', () => Promise.reject(new Error('no words'))],
  ])('cuts them off after some seconds when it %s', async (_, close) => {
    const clock = createVirtualClock();
    const { service, connection } = await openOne(createEcho({ close }).upgrade, { clock });

    const stopped = service.stop();
    await clock.advance(5_000);
    await stopped;

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
  });

  it('names what it waits for', async () => {
    let letGo: (() => void) | undefined;
    const close = () => new Promise<void>((resolve) => (letGo = resolve));
    const { service, connection } = await openOne(createEcho({ close }).upgrade);
    connection.destroy();

    const stopped = service.stop();

    expect(service.host.unfinished()).toContain('sample-service: upgraded connections');
    letGo?.();
    await stopped;
    expect(service.host.unfinished()).toEqual([]);
  });
});
