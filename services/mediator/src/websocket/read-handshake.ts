import type { IncomingMessage } from 'node:http';
import { createValidate, parseQuery, wholeNumber } from '@fanfare/service-kit';
import { z } from 'zod';
import { visibilityMs } from '../mailbox/mailbox-schemas';
import { nameSchema } from '../names';

const handshakeQuery = z
  .strictObject({
    mediator: nameSchema.optional(),
    colleague: nameSchema.optional(),
    visibility_ms: wholeNumber(visibilityMs).optional(),
    // read where callers are asked who they are
    ticket: z.string().optional(),
  })
  .refine(({ mediator, colleague }) => mediator !== undefined || colleague === undefined, {
    path: ['mediator'],
    message: 'is required with colleague',
  })
  .refine(({ colleague, visibility_ms }) => colleague !== undefined || visibility_ms === undefined, {
    path: ['colleague'],
    message: 'is required with visibility_ms',
  });

const validateQuery = createValidate(handshakeQuery, 'query');

/** What a client asks for: the mailbox of a colleague, or to watch a mediator, or all of them. */
export interface Handshake {
  readonly mediator: string | undefined;
  readonly colleagueId: string | undefined;
  readonly visibilityMs: number;
}

/** Reads what a client asks for with its request. Throws a problem for bad parameters. */
export function readHandshake({ url = '/' }: IncomingMessage): Handshake {
  const { mediator, colleague, visibility_ms } = validateQuery(parseQuery(url.split('?')[1] ?? ''));
  return { mediator, colleagueId: colleague, visibilityMs: visibility_ms ?? visibilityMs.default };
}
