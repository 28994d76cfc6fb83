import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What was posted to an endpoint, or asked of it. */
export interface Posted {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came. */
  readonly text: string;
  /** `ce-id`. */
  readonly id: string;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** A status, or one with headers and a body, which is JSON unless it is a text. */
export type EndpointAnswer =
  | number
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    };

/** Where a colleague is called. */
export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly posted: readonly Posted[];
  /** Of all that was posted, whatever was answered. */
  readonly ids: () => readonly string[];
  /** How many requests wait for their answer. */
  readonly open: number;
  /** At most so many have waited at once. */
  readonly mostOpen: number;
  /** What is answered from now on; 204 unless this was called. */
  answer(script: (posted: Posted) => EndpointAnswer | Promise<EndpointAnswer>): void;
}

export async function openEndpoint(): Promise<Endpoint> {
  const posted: Posted[] = [];
  let script: Parameters<Endpoint['answer']>[0] = () => 204;
  let open = 0;
  let mostOpen = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const text = Buffer.concat(await request.toArray()).toString();
      const { method = '', url: path = '', headers } = request;
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      const one = { method, path, headers, text, id: String(headers['ce-id']), body };
      posted.push(one);
      open += 1;
      mostOpen = Math.max(mostOpen, open);
      const answer = await script(one);
      open -= 1;
      const { status, headers: fields, body: content } = toWhole(answer);
      response.writeHead(status, fields).end(content);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    posted,
    ids: () => posted.filter(({ method }) => method === 'POST').map(({ id }) => id),
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    answer(next) {
      script = next;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function toWhole(answer: EndpointAnswer) {
  const { status, headers, body } = typeof answer === 'number' ? { status: answer } : answer;
  if (body === undefined) return { status, headers, body };
  if (typeof body === 'string')
    return { status, headers: { 'content-type': 'text/plain', ...headers }, body };
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** Answers that are given when the test says so. */
export interface Barrier {
  readonly wait: () => Promise<void>;
  readonly lift: () => void;
}

export function createBarrier(): Barrier {
  let lift: () => void = () => undefined;
  const lifted = new Promise<void>((resolve) => {
    lift = resolve;
  });
  return {
    wait: () => lifted,
    lift: () => {
      lift();
    },
  };
}
