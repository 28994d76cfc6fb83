import { createMutex } from '@fanfare/core';
import type { WebSocketConnection } from './connection';

/** Does one thing for a client at a time, and reads no more from it meanwhile. The action must not fail. */
export function takeTurns(
  connection: Pick<WebSocketConnection, 'pause' | 'resume'>,
): (action: () => Promise<void>) => void {
  const turns = createMutex();
  let waiting = 0;
  return (action) => {
    waiting += 1;
    connection.pause();
    void turns.run(action).finally(() => {
      waiting -= 1;
      if (waiting === 0) connection.resume();
    });
  };
}
