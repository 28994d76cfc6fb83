import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of the colleagues, as it came. */
export interface MediatorCall {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** Stands in for the mediator's API: keeps what it is told, and answers what a test wants. */
export interface MediatorStandIn extends AsyncDisposable {
  readonly url: string;
  readonly calls: readonly MediatorCall[];
  /** The status from now on; 201 unless it is told otherwise. */
  answer(script: (call: MediatorCall) => number): void;
}

export async function openMediatorStandIn(): Promise<MediatorStandIn> {
  const calls: MediatorCall[] = [];
  let script: (call: MediatorCall) => number = () => 201;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '' } = incoming;
      const call = { method, path, body: JSON.parse(Buffer.concat(chunks).toString()) as unknown };
      calls.push(call);
      response.writeHead(script(call)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    answer(next) {
      script = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
