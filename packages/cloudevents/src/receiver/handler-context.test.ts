import type { Socket } from 'node:net';
import { eventually, openRawConnection } from '@fanfare/core/testing';
import type { CloudEvent } from '../event/cloud-event';
import { binaryHead, createGate, sampleEvent, toBinary, useReceivers } from '../testing/use-receivers';
import { type HandlerContext } from './handler';

const start = useReceivers();

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const other = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('what a handler is told', () => {
  async function contextOf(event: Partial<CloudEvent>, headers: Record<string, string> = {}) {
    const contexts: HandlerContext[] = [];
    const { send } = await start((_, context) => void contexts.push(context));
    await send(event, headers);
    return contexts[0];
  }

  it('are the headers of the request', async () => {
    expect(await contextOf({}, { 'X-Tenant': 'a' })).toMatchObject({ headers: { 'x-tenant': 'a' } });
  });

  it.each([
    ['of the request', {}, { traceparent }, traceparent],
    ['of the event', { traceparent }, {}, traceparent],
    ['of the request rather than of the event', { traceparent: other }, { traceparent }, traceparent],
    [
      'of the event when that of the request is malformed',
      { traceparent },
      { traceparent: 'x' },
      traceparent,
    ],
    ['but none that is malformed', { traceparent: 'y' }, { traceparent: 'x' }, undefined],
  ])('is the trace %s', async (_, event, headers, expected) => {
    expect((await contextOf(event, headers))?.traceparent).toBe(expected);
  });

  it('is that its sender has gone', async () => {
    let signal: AbortSignal | undefined;
    const gate = createGate();
    const { url } = await start((event, context) => {
      signal = context.signal;
      return gate.handler(event);
    });
    const aborted = new AbortController();
    const sending = fetch(url, { method: 'POST', ...toBinary(sampleEvent), signal: aborted.signal });
    await eventually(() => {
      expect(signal?.aborted).toBe(false);
    });

    aborted.abort();

    await expect(sending).rejects.toThrow('aborted');
    await eventually(() => {
      expect(signal?.aborted).toBe(true);
    });
    gate.openAll();
  });

  it('is nothing of an event whose sender has gone before its turn', async () => {
    const gate = createGate();
    const sockets: Socket[] = [];
    const read: unknown[] = [];
    const { url, send } = await start(gate.handler, {
      concurrency: 1,
      authenticate: ({ socket }) => {
        sockets.push(socket);
        return 'ok';
      },
      verifier: {
        verify: ({ 'ce-id': id }) => {
          read.push(id);
          return { ok: true, id: String(id), timestamp: new Date() };
        },
      },
    });
    const first = send({ id: 'first' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['first']);
    });
    const leaving = openRawConnection(url);
    leaving.write(binaryHead({ ...sampleEvent, id: 'leaving' }));
    await eventually(() => {
      expect(read).toEqual(['first', 'leaving']);
    });

    leaving.destroy();
    await eventually(() => {
      expect(sockets.some(({ destroyed }) => destroyed)).toBe(true);
    });
    gate.openAll();
    await first;
    const last = send({ id: 'last' });
    await eventually(() => {
      expect(gate.ids()).toEqual(['last']);
    });
    gate.openAll();

    expect((await last).status).toBe(204);
  });
});
