import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivered {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An address on this machine to which observers have events posted, and colleagues messages. */
export interface WebHook extends AsyncDisposable {
  readonly url: string;
  /** Everything that was posted, whatever was answered, in the order of its arrival. */
  readonly delivered: readonly Delivered[];
  /** The ids of what was posted. */
  ids(): readonly (string | undefined)[];
  /** With what it answers from now on; with 204 until then. */
  answer(status: number, body?: object): void;
}

export async function openWebHook(): Promise<WebHook> {
  const delivered: Delivered[] = [];
  let answer: { readonly status: number; readonly body?: object | undefined } = { status: 204 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      delivered.push({ headers: request.headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body && JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    delivered,
    ids: () => delivered.map(({ headers }) => headers['ce-id']?.toString()),
    answer(status, body) {
      answer = { status, body };
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
