import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivered {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An address on this machine to which observers have events posted. */
export interface WebHook extends AsyncDisposable {
  readonly url: string;
  /** Everything that was posted, whatever was answered, in the order of its arrival. */
  readonly delivered: readonly Delivered[];
  /** The ids of the events. */
  ids(): readonly (string | undefined)[];
  /** With what it answers from now on; with 204 until then. */
  answer(status: number): void;
}

export async function openWebHook(): Promise<WebHook> {
  const delivered: Delivered[] = [];
  let status = 204;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      delivered.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    delivered,
    ids: () => delivered.map(({ headers }) => headers['ce-id']?.toString()),
    answer(next) {
      status = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
