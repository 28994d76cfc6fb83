import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeHttp, type CloudEvent } from '@fanfare/cloudevents';

/** A request with events, as it came. */
export interface ReceivedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** More than one in a batch. */
  readonly events: readonly CloudEvent[];
}

/** A status, one with headers, or nothing at all: then the request hangs. */
export type ScriptedAnswer =
  number | { readonly status: number; readonly headers: Readonly<Record<string, string>> } | 'hang';

export interface TestReceiver {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Of all requests, whatever was answered. */
  readonly ids: () => readonly string[];
  /** What is answered from now on. */
  answer(script: (request: ReceivedRequest) => ScriptedAnswer): void;
  /** Answers all that hang. */
  release(status: number): void;
  close(): Promise<void>;
}

/** Takes every event with a 204, unless it is told otherwise. */
export async function openReceiver(): Promise<TestReceiver> {
  const requests: ReceivedRequest[] = [];
  let hanging: ServerResponse[] = [];
  let script: (request: ReceivedRequest) => ScriptedAnswer = () => 204;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', headers } = incoming;
      const body = Buffer.concat(chunks);
      const events = method === 'POST' ? decodeHttp(headers, body).events : [];
      const request = { method, headers, body: body.toString(), events };
      requests.push(request);
      const answer = script(request);
      if (answer === 'hang') hanging.push(response);
      else if (typeof answer === 'number') response.writeHead(answer).end();
      else response.writeHead(answer.status, answer.headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    ids: () => requests.flatMap(({ events }) => events.map(({ id }) => id)),
    answer(next) {
      script = next;
    },
    release(status) {
      for (const response of hanging) response.writeHead(status).end();
      hanging = [];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
