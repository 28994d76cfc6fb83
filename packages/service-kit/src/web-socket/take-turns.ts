import { createMutex } from '@fanfare/core';
import type { WebSocketConnection } from './connection';

/** Ends the turn of an action that goes on, so that the next one begins. */
export type EndTurn = () => void;

/**
 * Does one thing for a client at a time, and reads no more from it meanwhile. An action must not fail; its turn ends with it,
 * unless it ends its turn before.
 */
export function takeTurns(
  connection: Pick<WebSocketConnection, 'pause' | 'resume'>,
): (action: (endTurn: EndTurn) => Promise<void>) => void {
  const turns = createMutex();
  let waiting = 0;
  return (action) => {
    waiting += 1;
    connection.pause();
    const turn = () =>
      new Promise<void>((endTurn) => {
        void action(endTurn).finally(endTurn);
      });
    void turns.run(turn).finally(() => {
      waiting -= 1;
      if (waiting === 0) connection.resume();
    });
  };
}
