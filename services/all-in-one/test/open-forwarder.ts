import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An address that is known before the one behind it. */
export interface Forwarder extends AsyncDisposable {
  readonly url: string;
  /** Where what comes from now on goes. */
  forwardTo(url: string): void;
}

export async function openForwarder(): Promise<Forwarder> {
  let target = '';
  const server = createServer((incoming, response) => {
    const { method, url = '', headers } = incoming;
    const onward = request(new URL(url, target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    forwardTo(url) {
      target = url;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
