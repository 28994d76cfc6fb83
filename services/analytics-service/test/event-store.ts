import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CloudEvent } from '@fanfare/contracts';
import { createMutex } from '@fanfare/core';
import type { TopicOwner } from '@fanfare/service-kit/testing';

/** Stands in for the event store: records what the topic holds before each answer, and serves that over HTTP. */
export interface TestEventStore extends AsyncDisposable {
  readonly url: string;
  /** Records now what the topic holds. */
  record(): Promise<void>;
  /** Appends events that did not come from the topic, or came without a sequence. */
  append(...events: readonly CloudEvent[]): void;
  /** Orders whose events have lost their data for good. */
  readonly erased: Set<string>;
  /** The log begins after this position. */
  anchor: number;
  /** How far it has recorded the topic at most. */
  lastSequence: number;
  /** Events of the topic that it still tries to record, and such as it has given up. */
  parked: number;
  deadLetters: number;
  /** While false, every answer is a 503. */
  isThere: boolean;
  /** Called for each page of the list that is asked for. */
  onList: (fromPosition: number) => void | Promise<void>;
}

export async function startEventStore(producer: Pick<TopicOwner, 'read'>): Promise<TestEventStore> {
  const log: CloudEvent[] = [];
  const oneAtATime = createMutex();
  let recorded = 0;

  async function list(query: URLSearchParams): Promise<unknown> {
    const from = Number(query.get('from_position'));
    await store.onList(from);
    expect([query.get('type'), query.get('aggregate_type')]).toEqual(['order.*', 'order']);
    const first = Math.max(from, store.anchor);
    return log.slice(first, first + Number(query.get('limit'))).map((event, index) => ({
      ...event,
      position: String(first + index + 1),
      ...(store.erased.has(event.subject ?? '') && { data: undefined }),
    }));
  }

  async function answer({ url = '', headers }: IncomingMessage): Promise<unknown> {
    const { pathname, searchParams } = new URL(url, 'http://store');
    await store.record();
    if (pathname === '/api/v1/events') {
      expect(headers.accept).toBe('application/cloudevents-batch+json');
      return list(searchParams);
    }
    if (pathname === '/api/v1/stats') return { event_store_stats: { anchor_position: store.anchor } };
    if (pathname === '/ledger') {
      const group = { topic: 'orders', partition: 0, applied: recorded, missing: [] };
      return { groups: [{ ...group, parked: store.parked, dead_letters: store.deadLetters }] };
    }
    return log.find(({ id }) => pathname === `/api/v1/events/${id}`);
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = store.isThere ? await answer(request) : undefined;
    const status = body === undefined ? 404 : 200;
    response.writeHead(store.isThere ? status : 503).end(JSON.stringify(body));
  }

  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const store: TestEventStore = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    record: () =>
      oneAtATime.run(async () => {
        const { events } = await producer.read(recorded + 1, 100_000);
        const fresh = events.slice(0, Math.max(0, store.lastSequence - recorded));
        log.push(...fresh);
        recorded += fresh.length;
      }),
    append: (...events) => void log.push(...events),
    erased: new Set(),
    anchor: 0,
    lastSequence: Infinity,
    parked: 0,
    deadLetters: 0,
    isThere: true,
    onList: () => undefined,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return store;
}
