import { createMutex, type Clock } from '@fanfare/core';
import type { EventLog } from '@fanfare/storage';
import type { WebSocket } from 'ws';
import { createAnswerFrame } from './answer-frame';
import { createLogReader, type LogReader } from './log-reader';
import type { MatchesEvent } from './match-events';
import type { Tail } from './tail';
import { createOutlet } from './ws-outlet';

export interface SessionDeps {
  readonly tail: Pick<Tail, 'follow'>;
  readonly log: Pick<EventLog, 'head'>;
  readonly clock: Clock;
  readonly limits: { readonly maxBufferedBytes: number; readonly drainMs: number };
  /** Told of what is a fault of the service. */
  readonly onFault: (error: unknown) => void;
}

/** What a client follows from its first moment. */
export interface FirstSubscription {
  readonly pattern: string;
  readonly matches: MatchesEvent;
  /** Default: the end of the log. */
  readonly lastPosition: number | undefined;
  /** Nobody asked for it: it ends with the first that is asked for. */
  readonly isImplicit: boolean;
}

/** A client of the WebSocket. */
export interface Session extends Pick<LogReader, 'tell'> {
  /** Sends nothing more but the goodbye. */
  close(code: number, reason: string): void;
}

/** Tells a client that it read too slowly; the reason says after which position it goes on. */
const tooSlow = 4408;
/** RFC 6455 §7.4.1, and the registry of its §11.7. */
const internalError = 1011;
const tryAgainLater = 1013;

/**
 * Serves one client until its connection closes: sends it the events that it follows, and answers its frames one after
 * the other. The answer to `subscribe` comes before what it resumes.
 */
export function startSession(socket: WebSocket, first: FirstSubscription, deps: SessionDeps): Session {
  const { tail, log, clock, limits, onFault } = deps;
  const onTooSlow = () => {
    close(tooSlow, `last_position=${reader.place}`);
  };
  const outlet = createOutlet(socket, { clock, ...limits, onTooSlow });
  const reader = createLogReader({ tail, outlet });
  const answer = createAnswerFrame({ reader, outlet, log, first, onFault });

  function close(code: number, reason: string): void {
    reader.stop();
    socket.close(code, reason);
  }

  async function begin(): Promise<void> {
    try {
      const from = first.lastPosition ?? (await log.head());
      reader.subscribe(first.pattern, { from, matches: first.matches });
      void reader.run(from).catch((error: unknown) => {
        onFault(error);
        close(internalError, 'the service failed');
      });
    } catch {
      close(tryAgainLater, 'the event log is away');
    }
  }

  const runInTurn = holdBackWhileBusy(socket);
  runInTurn(begin);
  socket.on('message', (data, isBinary) => {
    runInTurn(() => answer(data, isBinary));
  });
  socket.on('close', () => {
    reader.stop();
  });
  return {
    tell: (frame, about) => {
      reader.tell(frame, about);
    },
    close,
  };
}

/** Does one thing for the client at a time, and reads no more from it meanwhile. */
function holdBackWhileBusy(socket: WebSocket): (action: () => Promise<void>) => void {
  const turns = createMutex();
  let waiting = 0;
  return (action) => {
    waiting += 1;
    socket.pause();
    void turns.run(action).finally(() => {
      waiting -= 1;
      if (waiting === 0) socket.resume();
    });
  };
}
