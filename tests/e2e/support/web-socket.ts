import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Frame = Readonly<Record<string, unknown>>;

/** A client of a WebSocket that speaks JSON. */
export interface SocketClient extends AsyncDisposable {
  /** Everything that came, in the order of its arrival. */
  readonly frames: readonly Frame[];
  send(frame: object | string): void;
}

export async function openSocket(url: string): Promise<SocketClient> {
  const frames: Frame[] = [];
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Frame));
  await once(socket, 'open');
  return {
    frames,
    send(frame) {
      socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
