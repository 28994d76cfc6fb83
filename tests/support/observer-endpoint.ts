import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An event that an endpoint took. */
export interface Delivery {
  readonly id: string;
  readonly subject: string;
  readonly position: number;
}

export interface ObserverEndpointOptions {
  readonly port?: number;
  /** What each answer waits for. */
  readonly waitFor?: () => Promise<unknown>;
  /** Whether the event is refused at this attempt. */
  readonly refuses?: (position: number, attempt: number) => boolean;
}

/** Where events are delivered to. */
export interface ObserverEndpoint {
  readonly url: string;
  /** What was taken, in the order of the answers, whatever came twice included. */
  readonly deliveries: readonly Delivery[];
  readonly refusedSoFar: () => number;
  close(): Promise<void>;
}

/** Opens an endpoint that takes what it does not refuse. */
export async function openObserverEndpoint(options: ObserverEndpointOptions = {}): Promise<ObserverEndpoint> {
  const { port = 0, waitFor = () => Promise.resolve(), refuses = () => false } = options;
  const deliveries: Delivery[] = [];
  let refused = 0;
  const server = createServer((request, response) => {
    const header = (name: string) => String(request.headers[name]);
    const position = Number(header('ce-position'));
    const answer = () => {
      if (refuses(position, Number(header('ce-attempt')))) {
        refused += 1;
        response.writeHead(500).end();
        return;
      }
      deliveries.push({ id: header('ce-id'), subject: header('ce-subject'), position });
      response.writeHead(204).end();
    };
    request.resume().on('end', () => void waitFor().then(answer));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    deliveries,
    refusedSoFar: () => refused,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Lets an event store deliver events from now on to a URL: all of them, unless `parts` says otherwise. */
export async function observe(
  eventStoreUrl: string,
  id: string,
  endpoint: string,
  parts: object = {},
): Promise<void> {
  const response = await fetch(`${eventStoreUrl}/api/v1/observers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id,
      endpoint,
      event_types: ['*'],
      concurrency: 4,
      retry: { max_attempts: 20, delay_ms: 50, max_delay_ms: 500 },
      breaker: { open_ms: 1_000 },
      ...parts,
    }),
  });
  if (response.status !== 201) throw new Error(`${id} is no observer: ${await response.text()}`);
}

/** How an observer stands. */
export interface ObserverState {
  readonly cursor: number;
  readonly waiting: number;
  readonly dead_letters: number;
  readonly blocked_reason: string | null;
}

/** Asks an event store how an observer stands. */
export async function readObserver(eventStoreUrl: string, id: string): Promise<ObserverState> {
  const response = await fetch(`${eventStoreUrl}/api/v1/observers/${id}`);
  if (!response.ok) throw new Error(`${id} cannot be read: ${response.status}`);
  return (await response.json()) as ObserverState;
}
