import type { Clock } from '@fanfare/core';
import {
  createAnswerFrame,
  createOutlet,
  takeTurns,
  type AnswerFrameDeps,
  type Logger,
  type Outlet,
  type WebSocketConnection,
  type WebSocketSession,
  type WebSocketSettings,
} from '@fanfare/service-kit';
import { closeCodes } from './close-codes';
import { createErrorFrame } from './error-frame';

/** What every client needs, whatever it has come for. */
export interface ClientDeps {
  readonly connection: WebSocketConnection;
  readonly connectionId: string;
  readonly clock: Clock;
  readonly limits: Pick<WebSocketSettings, 'maxBufferedBytes' | 'drainMs'>;
  readonly log: Logger;
}

/** A connection in service. */
export interface Client {
  readonly outlet: Outlet;
  /** Aborts when the connection closes, or is about to. */
  readonly leaving: AbortSignal;
  /** Resolves when the connection has closed and all frames that came before have been answered. */
  readonly left: Promise<void>;
  /** Answers the frames of the client, one after the other. */
  readonly answerWith: (obey: AnswerFrameDeps['obey']) => void;
  /** Sends nothing more but the goodbye. */
  readonly close: WebSocketSession['close'];
  /** The same for a client that does not read fast enough. */
  readonly closeSlow: () => void;
  /** The same for a fault of the service, which is logged. */
  readonly closeAfterFault: (error: unknown) => void;
}

export function createClient({ connection, connectionId, clock, limits, log }: ClientDeps): Client {
  const leaving = new AbortController();
  const runInTurn = takeTurns(connection);
  const outlet = createOutlet(connection, {
    clock,
    ...limits,
    onTooSlow: closeSlow,
  });
  const left = new Promise<void>((resolve) => {
    connection.on('close', () => {
      leaving.abort();
      runInTurn(async () => {
        resolve();
      });
    });
  });

  function close(code: number, reason: string): void {
    leaving.abort();
    connection.close(code, reason);
  }

  function closeSlow(): void {
    if (leaving.signal.aborted) return;
    log.info('a WebSocket client does not read fast enough and is closed');
    close(closeCodes.tooSlow, 'frames are not read fast enough');
  }

  function closeAfterFault(err: unknown): void {
    onFault(err);
    close(closeCodes.internalError, 'the service failed');
  }

  function onFault(err: unknown): void {
    log.error({ err }, 'a WebSocket client could not be served');
  }

  return {
    outlet,
    leaving: leaving.signal,
    left,
    answerWith(obey) {
      const answer = createAnswerFrame({
        outlet,
        obey,
        onFault,
        toErrorFrame: createErrorFrame(connectionId),
      });
      connection.on('message', (data, isBinary) => {
        runInTurn((endTurn) => answer(data, isBinary, endTurn));
      });
    },
    close,
    closeSlow,
    closeAfterFault,
  };
}
