import { readEnvironment, variable, type Setting } from '../config';
import { list } from '../settings';
import { wholeNumber } from '../whole-number';

const settings = {
  maxConnections: variable('WS_MAX_CONNECTIONS', wholeNumber({ min: 1 }).default(1_000)),
  maxFrameBytes: variable('WS_MAX_FRAME_BYTES', wholeNumber({ min: 1_024 }).default(1_048_576)),
  maxBufferedBytes: variable('WS_MAX_BUFFERED_BYTES', wholeNumber({ min: 1_024 }).default(4_194_304)),
  drainMs: variable('WS_DRAIN_MS', wholeNumber({ min: 100 }).default(10_000)),
  pingMs: variable('WS_PING_MS', wholeNumber({ min: 100 }).default(30_000)),
  allowedOrigins: variable('WS_ALLOWED_ORIGINS', list().default([])),
};

/** What can be set about the WebSocket of a service. */
export interface WebSocketSettings {
  readonly maxConnections: number;
  readonly maxFrameBytes: number;
  /** A client that has so much waiting to be read is closed. */
  readonly maxBufferedBytes: number;
  /** A client that does not take within this time what it is to read before more is sent is closed. */
  readonly drainMs: number;
  readonly pingMs: number;
  /** Besides pages of the service itself; `*` allows every page. */
  readonly allowedOrigins: readonly string[];
}

/** Reads `WS_…`. */
export const webSocketSettings: Setting<WebSocketSettings> = (env) => readEnvironment(settings, env);
