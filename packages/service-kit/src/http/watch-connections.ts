import type { IncomingMessage, Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The connections of a server. node itself finds only those that had a request, and have not changed their protocol. */
export interface Connections {
  /** Cuts those that a client opened to have them at hand and never used. */
  cutUnused(): void;
  /** Says that a connection changes its protocol. */
  change(socket: Duplex): void;
  cutAll(): void;
}

/** Must be called before the server listens. */
export function watchConnections(server: Server): Connections {
  const all = keepOpen(server, 'connection');
  const cutAll = () => {
    for (const socket of all) socket.destroy();
  };
  if (!(server instanceof TlsServer)) {
    return {
      cutAll,
      change: () => undefined,
      cutUnused() {
        for (const socket of all) if (socket.bytesRead === 0) socket.destroy();
      },
    };
  }
  // the handshake fills an encrypted connection with bytes that are no request
  const unused: Set<Duplex> = keepOpen(server, 'secureConnection');
  server.on('request', ({ socket }: IncomingMessage) => {
    unused.delete(socket);
  });
  return {
    cutAll,
    change: (socket) => unused.delete(socket),
    cutUnused() {
      for (const socket of unused) socket.destroy();
      // and those that are still in their handshake
      server.on('secureConnection', (socket: Duplex) => socket.destroy());
    },
  };
}

function keepOpen(server: Server, event: 'connection' | 'secureConnection'): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on(event, (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}
