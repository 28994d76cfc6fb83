import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import { createVirtualClock } from '@fanfare/core';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import { z } from 'zod';
import { hostForTest, serviceWith, type HostForTestOptions } from '../testing';
import { problemBody } from './problem';
import { defineRoute, reply } from './route';

const echo = defineRoute({
  method: 'post',
  path: '/echo',
  role: 'writer',
  summary: 'Give back',
  body: z.looseObject({}),
  responses: { 200: z.looseObject({}) },
  handle: ({ body }) => reply(200, body),
});

/** A route whose requests are held until they are let go. */
function createGate() {
  const held: (() => void)[] = [];
  const route = defineRoute({
    method: 'get',
    path: '/gate',
    role: 'reader',
    summary: 'Wait',
    responses: {},
    handle: async () => {
      await new Promise<void>((resolve) => held.push(resolve));
      return reply(200, { waited: true });
    },
  });
  return {
    route,
    held,
    open: () => {
      for (const release of held.splice(0)) release();
    },
  };
}

function host(route = echo, options: HostForTestOptions = {}) {
  return hostForTest(() => serviceWith({ routes: [route] }), options);
}

const post = (length: number) =>
  `POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;

describe('the server', () => {
  it('refuses a body of 2 MiB and goes on with the connection', async () => {
    await using service = await host();
    const connection = openRawConnection(service.url);

    connection.write(post(2 * 1024 * 1024));
    await eventually(() => {
      expect(connection.received()).toMatch(/^HTTP\/1.1 413 /);
    });
    connection.write('x'.repeat(2 * 1024 * 1024));
    connection.write(`${post(2)}{}`);

    await eventually(() => {
      expect(connection.received()).toContain('HTTP/1.1 200 OK');
    });
    connection.destroy();
  });

  it('refuses a body that turns out too long while it arrives', async () => {
    await using service = await host();

    const response = await fetch(`${service.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Blob(['"', 'x'.repeat(2 * 1024 * 1024), '"']).stream(),
      duplex: 'half',
    });

    expect(response.status).toBe(413);
    expect(problemBody.parse(await response.json()).detail).toBe('the body is longer than 1048576 bytes');
  });

  it('does not wait for ever for the rest of a body that it has refused', async () => {
    await using service = await host();
    const connection = openRawConnection(service.url);
    connection.write(
      'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nabc',
    );

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    expect(connection.received()).toMatch(/^HTTP\/1.1 415 /);
  });

  it('takes a body of exactly 1 MiB', async () => {
    await using service = await host();
    const body = `{"a":"${'x'.repeat(1024 * 1024 - 8)}"}`;

    expect((await service.request('/echo', { method: 'POST', body })).status).toBe(200);
  });

  it('closes the connection of a client that is slow with the head of its request', async () => {
    await using service = await host(echo, {
      timeouts: { headersMs: 50, requestMs: 100, keepAliveMs: 1_000 },
    });
    const connection = openRawConnection(service.url);

    connection.write('POST /echo HTTP/1.1\r\nhost: x\r\n');

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    expect(connection.received()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('closes the connection of a client that is slow with its body', async () => {
    await using service = await host(echo, {
      timeouts: { headersMs: 50, requestMs: 100, keepAliveMs: 1_000 },
    });
    const connection = openRawConnection(service.url);

    connection.write(`${post(10)}{"a"`);

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
  });

  it('closes a connection on which no next request comes', async () => {
    await using service = await host(echo, {
      timeouts: { headersMs: 5_000, requestMs: 10_000, keepAliveMs: 50 },
    });
    const connection = openRawConnection(service.url);

    connection.write(`${post(2)}{}`);

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    expect(connection.received()).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  it('waits 10 s for the head of a request, 30 s for all of it and 60 s for the next, unless told otherwise', async () => {
    await using service = await host();
    const seen = new Set<Server>();
    const look = (message: unknown) => void seen.add((message as { readonly server: Server }).server);

    subscribe('http.server.request.start', look);
    await service.request('/echo', { method: 'POST', body: {} });
    unsubscribe('http.server.request.start', look);

    expect(
      [...seen].map(({ headersTimeout, requestTimeout, keepAliveTimeout }) => ({
        headersTimeout,
        requestTimeout,
        keepAliveTimeout,
      })),
    ).toEqual([{ headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 60_000 }]);
  });

  it('answers what is not HTTP with a problem and closes the connection', async () => {
    await using service = await host();
    const connection = openRawConnection(service.url);

    connection.write('how do you do?\r\n\r\n');

    await eventually(() => {
      expect(connection.isClosed()).toBe(true);
    });
    const [head = '', body = ''] = connection.received().split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1.1 400 /);
    expect(problemBody.parse(JSON.parse(body))).toMatchObject({ status: 400 });
  });

  it('refuses requests beyond the limit with 503, but not health and metrics', async () => {
    const gate = createGate();
    await using service = await host(gate.route, { maxRequestsInFlight: 1 });
    const first = service.request('/gate');
    await eventually(() => {
      expect(gate.held).toHaveLength(1);
    });

    const second = await service.request('/gate');

    expect(second).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    problemBody.parse(second.body);
    expect((await service.request('/health')).status).toBe(200);
    expect((await service.request('/metrics')).status).toBe(200);
    gate.open();
    expect((await first).status).toBe(200);
  });

  it('counts a request whose client has gone as over', async () => {
    const gate = createGate();
    await using service = await host(gate.route, { maxRequestsInFlight: 1 });
    const leaving = openRawConnection(service.url);
    leaving.write('GET /gate HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => {
      expect(gate.held).toHaveLength(1);
    });
    leaving.destroy();
    gate.open();

    const next = service.request('/gate');

    await eventually(() => {
      expect(gate.held).toHaveLength(1);
    });
    gate.open();
    expect((await next).status).toBe(200);
  });

  it('finishes the request under way when it stops, and takes no other', async () => {
    const gate = createGate();
    const service = await host(gate.route);
    const underWay = service.request('/gate');
    await eventually(() => {
      expect(gate.held).toHaveLength(1);
    });

    const stopped = service.stop();

    await expect(service.request('/gate')).rejects.toThrow('fetch failed');
    gate.open();
    expect(await underWay).toMatchObject({
      status: 200,
      body: { waited: true },
      headers: { connection: 'close' },
    });
    await stopped;
  });

  it('does not wait for a connection that its client never used', async () => {
    const service = await host(echo, { clock: createVirtualClock() });
    const unused = openRawConnection(service.url);
    await service.request('/echo', { method: 'POST', body: {} });

    await service.stop(); // its grace would never end on this clock

    await eventually(() => {
      expect(unused.isClosed()).toBe(true);
    });
  });
});
