import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** HTTP servers that take every request with a 204 and count them. */
export interface Receivers {
  readonly urls: readonly string[];
  /** Resolves when each has had so many requests more than at the last call. */
  have(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function openReceivers(amount: number): Promise<Receivers> {
  let received = 0;
  let taken = 0;
  let wanted = Infinity;
  let resolve: (() => void) | undefined;
  const servers = Array.from({ length: amount }, () =>
    createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(204).end();
        received += 1;
        if (received >= wanted) resolve?.();
      });
    }),
  );
  await Promise.all(servers.map(listen));
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    async have(count) {
      wanted = taken + count * amount;
      await new Promise<void>((done) => {
        resolve = done;
        if (received >= wanted) done();
      });
      taken = wanted;
    },
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

const listen = (server: Server) =>
  new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
