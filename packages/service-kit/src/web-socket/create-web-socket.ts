import type { IncomingMessage } from 'node:http';
import type { Clock, Timer } from '@fanfare/core';
import type { Caller } from '../auth/caller';
import type { RedeemTicket } from '../auth/create-authority';
import type { Upgrade } from '../hosting/service';
import { HttpProblem, refuseForNow } from '../http/problem';
import type { Logger } from '../logging/logger';
import type { Metrics } from '../metrics/metrics';
import { chooseProtocol } from './choose-protocol';
import type { CreateWebSocketServer, WebSocketConnection } from './connection';
import { requireOrigin } from './require-origin';
import type { WebSocketSettings } from './settings';

/** What is done for one client. */
export interface WebSocketSession {
  /** Sends nothing more but the goodbye. */
  readonly close: (code: number, reason: string) => void;
  /** Resolves when nothing is left to do after the connection has closed; at once unless given. */
  readonly ended?: Promise<void>;
}

/** A client that may come in. */
export interface Admission {
  /** What stands on its log lines. */
  readonly logFields?: Readonly<Record<string, unknown>>;
  readonly start: (connection: WebSocketConnection, log: Logger) => WebSocketSession;
}

export interface WebSocketDeps {
  readonly createServer: CreateWebSocketServer;
  /** Reads what a client asks for with its request. Throws the problem with which it is refused. */
  readonly admit: (
    incoming: IncomingMessage,
    caller: Caller,
    address: string,
  ) => Promise<Admission> | Admission;
  /** Of the service's tickets. */
  readonly redeemTicket?: RedeemTicket;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: WebSocketSettings;
}

interface Client {
  readonly connection: WebSocketConnection;
  readonly session: WebSocketSession;
  /** Whether it was heard of since the last ping. */
  isAlive: boolean;
}

/** RFC 6455 §7.4.1: the endpoint is going away. */
const goingAway = 1001;
/** Of our own, after the HTTP status: the token with which the client came has expired. */
const tokenExpired = 4401;

/** The WebSocket of a service at `/ws`: lets clients in, keeps those that answer its pings, and says goodbye to them. */
export function createWebSocket(deps: WebSocketDeps): Upgrade {
  const { createServer, admit, redeemTicket, settings, logger, clock } = deps;
  const server = createServer({
    noServer: true,
    clientTracking: false,
    maxPayload: settings.maxFrameBytes,
    handleProtocols: chooseProtocol,
  });
  const clients = new Set<Client>();
  const leaving = new Set<Promise<void>>();
  const heartbeat = createHeartbeat(clients, deps);
  let arriving = 0;
  let isClosing = false;
  measureClients(clients, deps);

  function closeInTime({ expiresAtMs }: Caller, session: WebSocketSession): Timer | undefined {
    if (expiresAtMs === undefined) return undefined;
    return clock.setTimer(expiresAtMs - clock.now().getTime(), () => {
      session.close(tokenExpired, 'the token has expired');
    });
  }

  function welcome(connection: WebSocketConnection, caller: Caller, { logFields, start }: Admission): void {
    const log = logger.child({ subject: caller.subject, ...logFields });
    const session = start(connection, log);
    const expiry = closeInTime(caller, session);
    const client = { connection, session, isAlive: true };
    clients.add(client);
    heartbeat.start();
    connection.on('pong', () => {
      client.isAlive = true;
    });
    connection.on('error', (err) => {
      log.debug({ err }, 'a WebSocket client broke off');
    });
    const left = new Promise<void>((resolve) => {
      connection.on('close', (code) => {
        clients.delete(client);
        expiry?.cancel();
        log.debug({ code }, 'a WebSocket client has gone');
        resolve(session.ended);
      });
    });
    leaving.add(left);
    void left.finally(() => leaving.delete(left));
  }

  return {
    path: '/ws',
    handshakeMs: settings.handshakeMs,
    ...(redeemTicket && { redeemTicket }),
    async handle(incoming, socket, head, caller, address) {
      if (clients.size + arriving >= settings.maxConnections) throw isFull;
      requireOrigin(incoming.headers, settings.allowedOrigins);
      arriving += 1;
      try {
        const admission = await admit(incoming, caller, address);
        if (isClosing) throw refuseForNow('the service is stopping');
        server.handleUpgrade(incoming, socket, head, (connection) => {
          welcome(connection, caller, admission);
        });
      } finally {
        arriving -= 1;
      }
    },
    async close() {
      isClosing = true;
      for (const { session } of clients) session.close(goingAway, 'the service stops');
      await Promise.all(leaving);
    },
  };
}

const isFull = new HttpProblem(503, 'as many clients are connected as the service takes', {
  headers: { 'retry-after': '10' },
});

function measureClients(clients: ReadonlySet<Client>, { metrics }: Pick<WebSocketDeps, 'metrics'>): void {
  metrics.gauge({
    name: 'websocket_clients',
    help: 'Clients that are connected by WebSocket.',
    collect(gauge) {
      gauge.set(clients.size);
    },
  });
}

/** Pings the clients from time to time, as long as there are any, and cuts off those that did not answer the last ping. */
function createHeartbeat(clients: ReadonlySet<Client>, { clock, settings }: WebSocketDeps) {
  let timer: Timer | undefined;

  function beat(): void {
    for (const client of clients) {
      if (!client.isAlive) client.connection.terminate();
      client.isAlive = false;
      client.connection.ping();
    }
    timer = undefined;
    if (clients.size > 0) start();
  }

  function start(): void {
    timer ??= clock.setTimer(settings.pingMs, beat);
  }

  return { start };
}
