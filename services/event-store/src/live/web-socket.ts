import { createMutex, type Clock } from '@fanfare/core';
import {
  createWebSocket,
  HttpProblem,
  type Logger,
  type Metrics,
  type RedeemTicket,
  type Upgrade,
} from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { WebSocketServer } from 'ws';
import type { EventStoreConfig } from '../config';
import { seesAll } from '../privacy/mask';
import type { Signal, Signals } from './signals';
import type { Tail } from './tail';
import { readHandshake } from './ws-handshake';
import { startSession, type Session } from './ws-session';

export interface LiveDeps {
  readonly tail: Tail;
  readonly log: Pick<EventLog, 'head'>;
  readonly signals: Signals;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly settings: EventStoreConfig['webSocket'];
  readonly redeemTicket?: RedeemTicket;
}

/** Lets clients follow the log, and what happens around it, over `/ws`. */
export function createLive(deps: LiveDeps): Upgrade {
  const sessions = new Set<Session>();
  const stopTelling = tellSignals(sessions, deps);
  const upgrade = createWebSocket({
    ...deps,
    createServer: (options) => new WebSocketServer(options),
    async admit(incoming, caller) {
      const { subject } = caller;
      const { asked, userId = subject, clientId } = readHandshake(incoming);
      if (subject !== undefined && userId !== subject) throw isSomebodyElse;
      // before the client hears that it is connected: what it does from then on it must be shown
      const first = { ...asked, from: asked.lastPosition ?? (await deps.log.head()) };
      return {
        logFields: { userId, clientId },
        start(connection, log) {
          const onFault = (err: unknown) => {
            log.error({ err }, 'a WebSocket client could not be served');
          };
          const isMasked = !seesAll(caller);
          const session = startSession(connection, first, {
            ...deps,
            isMasked,
            limits: deps.settings,
            onFault,
          });
          sessions.add(session);
          connection.on('close', () => sessions.delete(session));
          return session;
        },
      };
    },
  });
  return {
    ...upgrade,
    close() {
      stopTelling();
      return upgrade.close();
    },
  };
}

const isSomebodyElse = new HttpProblem(403, 'user_id is not the subject of the token');

/** Signals that come while so many wait for their events to be read are told to nobody: the past is not worth the memory. */
const maxWaitingSignals = 10_000;

/** Passes signals on to the clients that they concern, one after the other; returns what ends that. */
function tellSignals(
  sessions: ReadonlySet<Session>,
  { tail, signals, logger }: Pick<LiveDeps, 'tail' | 'signals' | 'logger'>,
): () => void {
  const turns = createMutex();
  let waiting = 0;

  async function tell(signal: Signal): Promise<void> {
    const about = 'position' in signal ? await tail.find(signal.position) : undefined;
    if (about === null) return;
    const frame = JSON.stringify(signal);
    for (const session of sessions) session.tell(frame, about);
  }

  return signals.listen((signal) => {
    if (sessions.size === 0 || waiting >= maxWaitingSignals) return;
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
