import { once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';

/** A frame as it came. */
export type Frame = Readonly<Record<string, unknown>> & { readonly type: string };

/** A WebSocket client that keeps what it gets. */
export interface WebSocketTestClient {
  readonly socket: WebSocket;
  readonly frames: readonly Frame[];
  /** How the connection ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(frame: unknown): void;
  /** Sends a frame and resolves with its answer. */
  ask(frame: object): Promise<Frame>;
}

export interface WebSocketTestOptions extends ClientOptions {
  /** The subprotocols that are offered. */
  readonly protocols?: readonly string[];
}

/** Resolves when the connection is open. */
export async function connectWebSocket(
  url: string,
  query = '',
  { protocols = [], ...options }: WebSocketTestOptions = {},
): Promise<WebSocketTestClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, [...protocols], options);
  const frames: Frame[] = [];
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as Frame);
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
export async function refusedWith(
  url: string,
  query = '',
  { protocols = [], ...options }: WebSocketTestOptions = {},
): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws${query}`, [...protocols], options);
  socket.on('error', () => undefined);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.terminate();
  return response.statusCode;
}
