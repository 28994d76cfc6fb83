import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

/** A frame as it came. */
export type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

/** A WebSocket client that keeps what it gets. */
export interface TestClient {
  readonly socket: WebSocket;
  readonly frames: readonly Frame[];
  /** The positions of the events that came, in the order in which they came. */
  readonly positions: readonly number[];
  /** How the connection ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(frame: unknown): void;
  /** Sends a frame and resolves with its answer. */
  ask(frame: object): Promise<Frame>;
}

/** Resolves when the connection is open. */
export async function connectClient(
  url: string,
  query = '',
  options: ClientOptions = {},
): Promise<TestClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, options);
  const frames: Frame[] = [];
  const positions: number[] = [];
  socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Frame;
    frames.push(frame);
    if (frame.type === 'event.published') positions.push(frame['position'] as number);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
    });
  });
  await once(socket, 'open');
  let asked = 0;
  return {
    socket,
    frames,
    positions,
    closed,
    send(frame) {
      socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    },
    async ask(frame) {
      asked += 1;
      const requestId = `request-${asked}`;
      socket.send(JSON.stringify({ ...frame, request_id: requestId }));
      for (;;) {
        const answer = frames.find((each) => each['request_id'] === requestId);
        if (answer) return answer;
        await once(socket, 'message');
      }
    },
  };
}

/** The status with which an upgrade was refused. */
export async function refusedWith(url: string, query = '', options: ClientOptions = {}): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}
