import { readEnvironment, variable, type Setting } from '../config/config';
import { flag, list } from '../config/value-schemas';
import { wholeNumber } from '../config/whole-number';

const settings = {
  isEnabled: variable('WS_ENABLED', flag().default(true)),
  maxConnections: variable('WS_MAX_CONNECTIONS', wholeNumber({ min: 1 }).default(1_000)),
  maxFrameBytes: variable('WS_MAX_FRAME_BYTES', wholeNumber({ min: 1_024 }).default(1_048_576)),
  maxBufferedBytes: variable('WS_MAX_BUFFERED_BYTES', wholeNumber({ min: 1_024 }).default(4_194_304)),
  // no longer than a whole request may take
  handshakeMs: variable('WS_HANDSHAKE_MS', wholeNumber({ min: 100, max: 30_000 }).default(10_000)),
  drainMs: variable('WS_DRAIN_MS', wholeNumber({ min: 100 }).default(10_000)),
  pingMs: variable('WS_PING_MS', wholeNumber({ min: 100 }).default(30_000)),
  allowedOrigins: variable('WS_ALLOWED_ORIGINS', list().default([])),
};

/** What can be set about the WebSocket of a service. */
export interface WebSocketSettings {
  /** Without it there is no WebSocket. */
  readonly isEnabled: boolean;
  readonly maxConnections: number;
  readonly maxFrameBytes: number;
  /** A client that has so much waiting to be read is closed. */
  readonly maxBufferedBytes: number;
  /** A client that takes longer to ask for its connection is closed, and so is whoever takes longer to ask for anything. */
  readonly handshakeMs: number;
  /** A client that does not take within this time what it is to read before more is sent is closed. */
  readonly drainMs: number;
  readonly pingMs: number;
  /** Besides pages of the service itself; `*` allows every page. */
  readonly allowedOrigins: readonly string[];
}

/** Reads `WS_…`. */
export const webSocketSettings: Setting<WebSocketSettings> = (env) => readEnvironment(settings, env);
