import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Clock } from '@fanfare/core';
import type { Certificate } from '../edge/tls';
import { endWithProblem } from './end-with-problem';
import { ignoreUpgrade } from './ignore-upgrade';
import { HttpProblem } from './problem';
import type { UpgradeListener } from './upgrades';
import { watchConnections, type Connections } from './watch-connections';

/** How long slow clients are waited for; then their connection is closed. */
export interface ServerTimeouts {
  /** For the head of a request. */
  readonly headersMs: number;
  /** For a whole request. */
  readonly requestMs: number;
  /** For the next request on a connection. */
  readonly keepAliveMs: number;
}

export const defaultTimeouts: ServerTimeouts = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 60_000 };

export interface HttpServer {
  /** `http://host:port`, or `https:` with a certificate, with the port that was really taken. */
  readonly url: string;
  /** Shows this certificate on new connections; only for a server that has one. */
  readonly renewCertificate: (certificate: Certificate) => void;
  /**
   * Takes no new connections, waits up to `graceMs` for requests under way, then cuts what is left. Idempotent.
   */
  close(clock: Clock, graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly serve: RequestListener;
  /** Without it, requests for an upgrade are served as if they asked for none (RFC 9110 §7.8). */
  readonly upgrade?: UpgradeListener | undefined;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly timeouts?: ServerTimeouts;
  /** With it the server speaks TLS, from version 1.2 on, and nothing else. */
  readonly certificate?: Certificate | undefined;
}

const minTlsVersion = 'TLSv1.2';

/** Listens; rejects with node's own error when the address cannot be had. */
export async function listen({
  serve,
  upgrade,
  host,
  port,
  timeouts = defaultTimeouts,
  certificate,
}: ListenOptions): Promise<HttpServer> {
  const { headersMs, requestMs, keepAliveMs } = timeouts;
  const limits = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: keepAliveMs,
    // node looks for slow clients only this often
    connectionsCheckingInterval: Math.min(1_000, headersMs),
  };
  const tlsServer =
    certificate &&
    createTlsServer(
      { ...limits, ...certificate, minVersion: minTlsVersion, handshakeTimeout: headersMs },
      serve,
    );
  const server = tlsServer ?? createServer(limits, serve);
  server.on('clientError', answerBrokenRequest);
  const connections = watchConnections(server);
  if (upgrade) {
    server.on('upgrade', (incoming, socket, head) => {
      if (incoming.headers.upgrade?.toLowerCase() !== 'websocket') {
        ignoreUpgrade(server, incoming, socket, head);
        return;
      }
      connections.change(socket);
      upgrade(incoming, socket, head);
    });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `${tlsServer ? 'https' : 'http'}://${hostOf(server.address() as AddressInfo)}`,
    renewCertificate: (renewed) => tlsServer?.setSecureContext({ ...renewed, minVersion: minTlsVersion }),
    close: createClose(server, connections),
  };
}

function createClose(server: Server, connections: Connections): HttpServer['close'] {
  let closed: Promise<void> | undefined;
  return (clock, graceMs) => {
    closed ??= new Promise((resolve) => {
      const grace = clock.setTimer(graceMs, () => {
        connections.cutAll();
      });
      server.close(() => {
        grace.cancel();
        resolve();
      });
      connections.cutUnused();
    });
    return closed;
  };
}

function hostOf({ address, family, port }: AddressInfo): string {
  return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

const unreadable = new HttpProblem(400, 'the request cannot be read');
const problemOfError: Readonly<Record<string, HttpProblem>> = {
  HPE_HEADER_OVERFLOW: new HttpProblem(431, 'the head of the request is too large'),
  ERR_HTTP_REQUEST_TIMEOUT: new HttpProblem(408, 'the request took too long to arrive'),
};

/** What is not even HTTP never becomes a request. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else endWithProblem(socket, problemOfError[error.code ?? ''] ?? unreadable);
}
