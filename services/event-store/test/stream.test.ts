import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { expectProblem } from '@fanfare/service-kit/testing';
import { api, hostEventStore, listEvents, type EventStoreForTest } from './host-event-store';

const custom = { type: 'custom', data: {} };

interface SentEvent {
  readonly id: number;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface OpenStream extends AsyncDisposable {
  /** What has come so far. */
  readonly events: readonly SentEvent[];
  text(): string;
  /** Resolves when the stream has ended, or was cut. */
  readonly ended: Promise<void>;
  cut(): Promise<void>;
}

/** Not by `fetch`, which opens another connection for later when its stream is cut. */
async function openStream(
  service: EventStoreForTest,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenStream> {
  const request = get(`${service.url}${api}/events/stream${encodeURI(query)}`, { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/event-stream; charset=utf-8' },
  });
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  response.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  const cut = () => {
    request.destroy();
    return ended;
  };
  return {
    get events() {
      return parseEvents(text);
    },
    text: () => text,
    ended,
    cut,
    [Symbol.asyncDispose]: cut,
  };
}

function parseEvents(text: string): readonly SentEvent[] {
  return [...text.matchAll(/^id: (\d+)\nevent: (.+)\ndata: (.+)\n\n/gm)].map(
    ([, id, event = '', data = '']) => ({
      id: Number(id),
      event,
      data: JSON.parse(data) as SentEvent['data'],
    }),
  );
}

async function expectIds(stream: OpenStream, ids: readonly number[]): Promise<void> {
  await eventually(() => {
    expect(stream.events.map(({ id }) => id)).toEqual(ids);
  });
}

describe('the stream of events', () => {
  let service: EventStoreForTest;

  beforeEach(async () => {
    service = await hostEventStore();
    await service.post('/events', [custom, { type: 'order_created', data: {} }, custom]);
  });

  afterEach(() => service.stop());

  it('gives what is recorded from now on, each with its position, type and record', async () => {
    await using stream = await openStream(service);

    await service.post('/events', { id: 'e', type: 'payment_created', data: { text: 'line\nbreak' } });

    await expectIds(stream, [4]);
    const [{ data: record, ...event } = { data: {} }] = stream.events;
    expect(event).toEqual({ id: 4, event: 'payment.created' });
    expect(record).toEqual({
      ...((await service.get('/events/e')).body as object),
      processed: false,
      processed_at: null,
    });
  });

  it.each([
    ['after from_position', '?from_position=1', {}, [2, 3, 4]],
    ['from the beginning', '?from_position=0', {}, [1, 2, 3, 4]],
    ['after Last-Event-ID', '', { 'last-event-id': '2' }, [3, 4]],
    ['after Last-Event-ID, whatever it began with', '?from_position=0', { 'last-event-id': '2' }, [3, 4]],
    ['of a type', '?from_position=0&type=custom', {}, [1, 3, 4]],
    ['of types that begin alike', '?from_position=0&type=order.*', {}, [2]],
    ['of an alias', '?from_position=0&type=order_created', {}, [2]],
    ['that an expression holds for', "?from_position=0&sql=type LIKE '%order%'", {}, [2]],
    ['that both hold for', "?from_position=0&type=custom&sql=position > '1'", {}, [3, 4]],
  ])('gives what is there and what comes: %s', async (_what, query, headers, ids) => {
    await using stream = await openStream(service, query, headers);

    await service.post('/events', custom);

    await expectIds(stream, ids);
  });

  it.each([
    ['type=*.created', 'type'],
    ['sql=type LIKE', 'sql'],
    ['from_position=x', 'from_position'],
    ['position=1', 'position'],
  ])('is not begun with ?%s', async (query, field) => {
    const problem = expectProblem(await service.get(`/events/stream?${query}`), 400);
    expect(problem.errors).toMatchObject([{ field }]);
  });

  it('is not begun after an id that is no position', async () => {
    const problem = expectProblem(await service.get('/events/stream', { 'last-event-id': 'e-1' }), 400);
    expect(problem.errors).toMatchObject([{ field: 'Last-Event-ID' }]);
  });

  it('is not begun while the log is away', async () => {
    await service.log.close();

    expectProblem(await service.get('/events/stream'), 503);
  });

  it('ends well when the service stops', async () => {
    const stream = await openStream(service, '?from_position=0');
    await expectIds(stream, [1, 2, 3]);

    await service.stop();

    await stream.ended;
  });

  it('loses nothing and repeats nothing over 20 cuts, while others write', async () => {
    const seen: number[] = [];
    const stop = new AbortController();
    const writing = (async () => {
      while (!stop.signal.aborted) await service.post('/events', Array(5).fill(custom));
    })();
    for (let cuts = 0; cuts < 20; cuts += 1) {
      const stream = await openStream(service, '', { 'last-event-id': String(seen.at(-1) ?? 0) });
      await eventually(() => {
        expect(stream.events.length).toBeGreaterThan(0);
      });
      await stream.cut();
      seen.push(...stream.events.map(({ id }) => id));
    }
    stop.abort();
    await writing;
    const last = await openStream(service, '', { 'last-event-id': String(seen.at(-1)) });
    const head = await service.log.head();
    await eventually(() => {
      expect(last.events.at(-1)?.id ?? seen.at(-1)).toBe(head);
    });
    await last.cut();
    seen.push(...last.events.map(({ id }) => id));

    expect(seen).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  });

  it('goes on from the position of a list, and a list from the id of the stream', async () => {
    const { events } = await listEvents(service, '/events?limit=2');
    const position = events.at(-1)?.position ?? 0;

    await using stream = await openStream(service, `?from_position=${position}`);
    await expectIds(stream, [3]);

    await service.post('/events', custom);
    const rest = await listEvents(service, `/events?from_position=${stream.events[0]?.id ?? 0}`);
    expect(rest.events.map((event) => event.position)).toEqual([4]);
  });
});

describe('a stream in which nothing happens', () => {
  it('gives a comment every 15 s, so that nobody takes it for dead', async () => {
    const clock = createVirtualClock();
    await using service = await hostEventStore({}, { clock });
    await using stream = await openStream(service);

    await clock.advance(14_999);
    await service.post('/events', custom);
    await expectIds(stream, [1]);
    await clock.advance(14_999);
    expect(stream.text()).not.toMatch(/^:/m);

    for (let beats = 1; beats <= 3; beats += 1) {
      await clock.advance(beats === 1 ? 1 : 15_000);
      await eventually(() => {
        expect(stream.text().match(/^:.*\n\n/gm)).toHaveLength(beats);
      });
    }
    await service.post('/events', custom);
    await expectIds(stream, [1, 2]);
  });
});
