import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { TestCertificates } from './make-certificates';

/** A server that speaks nothing but TLS: enough to see whether a client trusts it, and encrypts at all. */
export interface TlsEndpoint extends AsyncDisposable {
  readonly port: number;
  /** How many clients have finished their handshake and sent something through it. */
  trusted(): number;
  /** How many have come without TLS, or have broken the handshake off. */
  broken(): number;
}

/** `greet` does what a client waits for before it begins its handshake. */
export async function openTlsEndpoint(
  { cert, key }: TestCertificates,
  { greet = async () => undefined }: { readonly greet?: (socket: Socket) => Promise<void> } = {},
): Promise<TlsEndpoint> {
  const sockets = new Set<Socket>();
  let trusted = 0;
  let broken = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void greet(socket).then(() => {
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      let isTrusted = false;
      // under TLS 1.3 the server is done before the client has looked at the certificate
      secure.once('data', () => {
        isTrusted = true;
        trusted += 1;
        secure.destroy();
      });
      secure.on('error', () => undefined);
      secure.once('close', () => {
        if (!isTrusted) broken += 1;
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    trusted: () => trusted,
    broken: () => broken,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
