import { connect } from 'node:net';

/** A connection on which a test writes bytes that no well-behaved client would. */
export interface RawConnection {
  write(text: string | Uint8Array): void;
  /** All that was received so far. */
  received(): string;
  readonly isClosed: () => boolean;
  /** Ends the connection from this side. */
  destroy(): void;
}

export function openRawConnection(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('close', () => (isClosed = true));
  // a connection that is cut shows as closed
  socket.on('error', () => undefined);
  return {
    write: (text) => void socket.write(text),
    received: () => received,
    isClosed: () => isClosed,
    destroy: () => void socket.destroy(),
  };
}
