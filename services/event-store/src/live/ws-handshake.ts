import type { IncomingMessage } from 'node:http';
import { createValidate, parseQuery } from '@fanfare/service-kit';
import { z } from 'zod';
import { matchEvents } from './match-events';
import { lastPosition } from './ws-frames';
import type { FirstSubscription } from './ws-session';

const name = z.string().max(255).optional();

const handshakeQuery = z.strictObject({
  user_id: name,
  client_id: name,
  // read where callers are asked who they are
  ticket: z.string().optional(),
  pattern: z.string().max(255).optional(),
  last_position: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(lastPosition)
    .optional(),
});

const validateQuery = createValidate(handshakeQuery, 'query');

/** What a client says of itself, on trust where there are no tokens, and what it follows. */
export interface Handshake {
  readonly userId: string | undefined;
  readonly clientId: string | undefined;
  readonly asked: Omit<FirstSubscription, 'from'> & { readonly lastPosition: number | undefined };
}

/** Reads what a client asks for with its request. Throws a problem for bad parameters. */
export function readHandshake({ url = '/' }: IncomingMessage): Handshake {
  const query = validateQuery(parseQuery(url.split('?')[1] ?? ''));
  const { pattern = '*', last_position } = query;
  return {
    userId: query.user_id,
    clientId: query.client_id,
    asked: {
      pattern,
      matches: matchEvents({ pattern }),
      lastPosition: last_position,
      isImplicit: query.pattern === undefined && last_position === undefined,
    },
  };
}
