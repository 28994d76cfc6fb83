import type { Clock } from '@fanfare/core';
import type { WebSocketConnection } from './connection';

/** The way out to one client, which says when to hold back. */
export interface Outlet {
  /**
   * Sends a frame. Returns what resolves when the client has taken it, or is gone, if so much waits to be taken that
   * nothing should follow before; undefined when there is room.
   */
  send(frame: string | Buffer): Promise<void> | undefined;
}

export interface OutletOptions {
  readonly clock: Clock;
  /** The client is too slow when more than this waits to be taken. */
  readonly maxBufferedBytes: number;
  /** The client is too slow when it does not take what waits within this time. */
  readonly drainMs: number;
  readonly onTooSlow: () => void;
}

/** What waits to be taken may be this part of its limit before the sender holds back. */
const lowMarkPart = 1 / 4;

export function createOutlet(
  connection: WebSocketConnection,
  { clock, maxBufferedBytes, drainMs, onTooSlow }: OutletOptions,
): Outlet {
  const lowMark = maxBufferedBytes * lowMarkPart;
  return {
    send(frame) {
      if (connection.readyState !== connection.OPEN) return undefined;
      // looked at before it is added to, so that one long frame does not make a client slow
      if (connection.bufferedAmount > maxBufferedBytes) {
        onTooSlow();
        return undefined;
      }
      let onTaken: (() => void) | undefined;
      connection.send(frame, { binary: false }, () => onTaken?.());
      if (connection.bufferedAmount <= lowMark) return undefined;
      const timer = clock.setTimer(drainMs, onTooSlow);
      return new Promise((resolve) => {
        onTaken = () => {
          timer.cancel();
          resolve();
        };
      });
    },
  };
}
