import { eventually } from '@fanfare/core/testing';
import { newId, orderPlacedEvent } from './samples';
import { startSystem } from './system';

interface StreamedEvent {
  readonly event: string;
  readonly id: string;
  readonly data: { readonly total_orders: number };
}

/** Listens until it is left, as a browser's EventSource does. */
function listen(url: string) {
  const leaving = new AbortController();
  const events: StreamedEvent[] = [];
  const done = (async () => {
    const response = await fetch(new URL('/analytics/stream', url), { signal: leaving.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const blocks = (text + chunk).split('\n\n');
      text = blocks.pop() ?? '';
      events.push(...blocks.filter((block) => !block.startsWith(':')).map(parseEvent));
    }
  })().catch((error: unknown) => {
    if (!leaving.signal.aborted) throw error;
  });
  return {
    events,
    leave: () => {
      leaving.abort();
      return done;
    },
    done,
  };
}

function parseEvent(block: string): StreamedEvent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as StreamedEvent['data'] };
}

describe('the stream of analytics', () => {
  it('sends the totals at once and after each change, on every instance, whichever has counted', async () => {
    await using system = await startSystem({ instances: 2 });
    const clients = system.instances.map(({ url }) => listen(url));
    await eventually(() => {
      for (const { events } of clients) expect(events).toMatchObject([{ event: 'summary', id: '0' }]);
    });

    for (const count of [1, 2]) {
      await system.producer.publish(orderPlacedEvent(newId()));
      await eventually(() => {
        for (const { events } of clients)
          expect(events.at(-1)).toMatchObject({ id: String(count), data: { total_orders: count } });
      });
    }

    for (const { events, leave } of clients) {
      const ids = events.map(({ id }) => Number(id));
      expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
      await leave();
    }
  });

  it('ends when the service stops', async () => {
    await using system = await startSystem();
    const client = listen(system.analytics.url);
    await eventually(() => {
      expect(client.events).toHaveLength(1);
    });

    await system.analytics.stop();

    await client.done;
    expect(client.events).toHaveLength(1);
  });

  it('takes no parameters', async () => {
    await using system = await startSystem();

    expect((await system.analytics.request('/analytics/stream?from=1')).status).toBe(400);
  });
});
