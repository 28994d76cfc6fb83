import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a frame is made of when it comes. */
export type FrameData = Buffer | ArrayBuffer | Buffer[];

/** A connection of the library `ws`, as the service that uses it depends on it; the kit does not. */
export interface WebSocketConnection {
  readonly readyState: number;
  /** The `readyState` in which frames can be sent. */
  readonly OPEN: number;
  /** So many bytes wait to be taken by the other side. */
  readonly bufferedAmount: number;
  send(frame: string | Buffer, options: { readonly binary: boolean }, onTaken: () => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
  on(event: 'message', listener: (data: FrameData, isBinary: boolean) => void): unknown;
  on(event: 'close', listener: (code: number) => void): unknown;
  on(event: 'pong', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface WebSocketServerOptions {
  readonly noServer: true;
  readonly clientTracking: false;
  readonly maxPayload: number;
  /** The subprotocol that is spoken, of those that the client offers; false for none. */
  readonly handleProtocols: (offered: Set<string>) => string | false;
}

/** `(options) => new WebSocketServer(options)` of the library `ws`. */
export type CreateWebSocketServer = (options: WebSocketServerOptions) => {
  handleUpgrade(
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    onOpen: (connection: WebSocketConnection) => void,
  ): void;
};
