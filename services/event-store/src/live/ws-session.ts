import type { Clock } from '@fanfare/core';
import {
  createOutlet,
  takeTurns,
  type WebSocketConnection,
  type WebSocketSession,
} from '@fanfare/service-kit';
import type { EventLog } from '@fanfare/storage';
import { maskEvent, maskTail } from '../privacy/mask';
import { createAnswerClient } from './answer-frame';
import { createLogReader, type LogReader } from './log-reader';
import type { MatchesEvent } from './match-events';
import type { Tail } from './tail';

export interface SessionDeps {
  readonly tail: Pick<Tail, 'follow'>;
  readonly log: Pick<EventLog, 'head'>;
  readonly clock: Clock;
  /** Whether sensitive fields are hidden from the client, and from its filters. */
  readonly isMasked?: boolean;
  readonly limits: { readonly maxBufferedBytes: number; readonly drainMs: number };
  /** Told of what is a fault of the service. */
  readonly onFault: (error: unknown) => void;
}

/** What a client follows from its first moment. */
export interface FirstSubscription {
  readonly pattern: string;
  readonly matches: MatchesEvent;
  /** It follows what comes after this position. */
  readonly from: number;
  /** Nobody asked for it: it ends with the first that is asked for. */
  readonly isImplicit: boolean;
}

/** A client of the WebSocket. */
export type Session = WebSocketSession & Pick<LogReader, 'tell'>;

/** Tells a client that it read too slowly; the reason says after which position it goes on. */
const tooSlow = 4408;
/** RFC 6455 §7.4.1, and the registry of its §11.7. */
const internalError = 1011;

/**
 * Serves one client until its connection closes: sends it the events that it follows, and answers its frames one after
 * the other. The answer to `subscribe` comes before what it resumes.
 */
export function startSession(
  connection: WebSocketConnection,
  first: FirstSubscription,
  deps: SessionDeps,
): Session {
  const { log, clock, limits, onFault, isMasked = false } = deps;
  const tail = isMasked ? maskTail(deps.tail) : deps.tail;
  const onTooSlow = () => {
    close(tooSlow, `last_position=${reader.place}`);
  };
  const outlet = createOutlet(connection, { clock, ...limits, onTooSlow });
  const reader = createLogReader({ tail, outlet });
  const answer = createAnswerClient({ reader, outlet, log, first, onFault });

  function close(code: number, reason: string): void {
    reader.stop();
    connection.close(code, reason);
  }

  reader.subscribe(first.pattern, first);
  void reader.run(first.from).catch((error: unknown) => {
    onFault(error);
    close(internalError, 'the service failed');
  });
  const runInTurn = takeTurns(connection);
  connection.on('message', (data, isBinary) => {
    runInTurn((endTurn) => answer(data, isBinary, endTurn));
  });
  connection.on('close', () => {
    reader.stop();
  });
  return {
    tell: (frame, about) => {
      reader.tell(frame, about && isMasked ? maskEvent(about) : about);
    },
    close,
  };
}
