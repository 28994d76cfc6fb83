import { createMutex, type Clock, type Timer } from '@fanfare/core';
import { HttpProblem, type Logger, type Metrics, type Upgrade } from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { WebSocketServer, type WebSocket } from 'ws';
import type { EventStoreConfig } from '../config';
import type { Signal, Signals } from './signals';
import type { Tail } from './tail';
import { readHandshake, type Handshake } from './ws-handshake';
import { startSession, type Session } from './ws-session';

export interface WebSocketDeps {
  readonly tail: Tail;
  readonly log: Pick<EventLog, 'head'>;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: EventStoreConfig['webSocket'];
}

interface Client {
  readonly socket: WebSocket;
  readonly session: Session;
  /** Whether it was heard of since the last ping. */
  isAlive: boolean;
}

/** RFC 6455 §7.4.1: the endpoint is going away. */
const goingAway = 1001;

/** Lets clients follow the log, and what happens around it, over `/ws`. */
export function createWebSocket(deps: WebSocketDeps): Upgrade {
  const { settings, logger, metrics } = deps;
  const { maxConnections, allowedOrigins } = settings;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: settings.maxFrameBytes,
  });
  const clients = new Set<Client>();
  const heartbeat = createHeartbeat(clients, deps);
  const stopTelling = tellSignals(clients, deps);
  metrics.gauge({
    name: 'websocket_clients',
    help: 'Clients that are connected by WebSocket.',
    collect(gauge) {
      gauge.set(clients.size);
    },
  });

  function admit(socket: WebSocket, { first, userId, clientId }: Handshake): void {
    const log = logger.child({ userId, clientId });
    const onFault = (err: unknown) => {
      log.error({ err }, 'a WebSocket client could not be served');
    };
    const session = startSession(socket, first, { ...deps, limits: settings, onFault });
    const client = { socket, session, isAlive: true };
    clients.add(client);
    heartbeat.start();
    socket.on('pong', () => {
      client.isAlive = true;
    });
    socket.on('error', (err) => {
      log.debug({ err }, 'a WebSocket client broke off');
    });
    socket.on('close', (code) => {
      clients.delete(client);
      log.debug({ code }, 'a WebSocket client has gone');
    });
  }

  return {
    path: '/ws',
    handle(incoming, socket, head) {
      if (clients.size >= maxConnections) throw isFull;
      const handshake = readHandshake(incoming, allowedOrigins);
      server.handleUpgrade(incoming, socket, head, (webSocket) => {
        admit(webSocket, handshake);
      });
    },
    async close() {
      stopTelling();
      await Promise.all([...clients].map(sayGoodbye));
    },
  };
}

const isFull = new HttpProblem(503, 'as many clients are connected as the service takes', {
  headers: { 'retry-after': '10' },
});

/** Resolves when the connection is closed. */
function sayGoodbye({ socket, session }: Client): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => {
      resolve();
    });
    session.close(goingAway, 'the service stops');
  });
}

/** Pings the clients from time to time, as long as there are any, and cuts off those that did not answer the last ping. */
function createHeartbeat(clients: ReadonlySet<Client>, { clock, settings }: WebSocketDeps) {
  let timer: Timer | undefined;

  function beat(): void {
    for (const client of clients) {
      if (!client.isAlive) client.socket.terminate();
      client.isAlive = false;
      client.socket.ping();
    }
    timer = undefined;
    if (clients.size > 0) start();
  }

  function start(): void {
    timer ??= clock.setTimer(settings.pingMs, beat);
  }

  return { start };
}

/** Signals that come while so many wait for their events to be read are told to nobody: the past is not worth the memory. */
const maxWaitingSignals = 10_000;

/** Passes signals on to the clients that they concern, one after the other; returns what ends that. */
function tellSignals(
  clients: ReadonlySet<Client>,
  { tail, signals, logger }: Pick<WebSocketDeps, 'tail' | 'signals' | 'logger'>,
): () => void {
  const turns = createMutex();
  let waiting = 0;

  async function tell(signal: Signal): Promise<void> {
    const about = 'position' in signal ? await tail.find(signal.position) : undefined;
    if (about === null) return;
    const frame = JSON.stringify(signal);
    for (const { session } of clients) session.tell(frame, about);
  }

  return signals.listen((signal) => {
    if (clients.size === 0 || waiting >= maxWaitingSignals) return;
    waiting += 1;
    turns
      .run(() => tell(signal))
      .catch((err: unknown) => {
        logger.warn({ err, signal }, 'WebSocket clients could not be told of a signal');
      })
      .finally(() => {
        waiting -= 1;
      });
  });
}
