import type { IncomingMessage } from 'node:http';
import { createValidate, HttpProblem, parseQuery } from '@fanfare/service-kit';
import { z } from 'zod';
import { matchEvents } from './match-events';
import { lastPosition } from './ws-frames';
import type { FirstSubscription } from './ws-session';

const name = z.string().max(255).optional();

const handshakeQuery = z.strictObject({
  user_id: name,
  client_id: name,
  pattern: z.string().max(255).optional(),
  last_position: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(lastPosition)
    .optional(),
});

const validateQuery = createValidate(handshakeQuery, 'query');

/** What a client says of itself, on trust, and what it follows. */
export interface Handshake {
  readonly userId: string | undefined;
  readonly clientId: string | undefined;
  readonly first: FirstSubscription;
}

/**
 * Reads what a client asks for with its request. Throws a problem for bad parameters, and for a page of a foreign origin:
 * browsers let every page open WebSockets, and leave it to the server to refuse (RFC 6455 §10.2).
 */
export function readHandshake(
  { url = '/', headers }: IncomingMessage,
  allowedOrigins: readonly string[],
): Handshake {
  if (!isAllowed(headers, allowedOrigins)) {
    throw new HttpProblem(403, 'pages of this origin may not open a WebSocket here');
  }
  const query = validateQuery(parseQuery(url.split('?')[1] ?? ''));
  const { pattern = '*', last_position } = query;
  return {
    userId: query.user_id,
    clientId: query.client_id,
    first: {
      pattern,
      matches: matchEvents({ pattern }),
      lastPosition: last_position,
      isImplicit: query.pattern === undefined && last_position === undefined,
    },
  };
}

/** Programs send no origin; a page of the service itself has its host. */
function isAllowed({ origin, host }: IncomingMessage['headers'], allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
