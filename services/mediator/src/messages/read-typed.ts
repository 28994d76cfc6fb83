import { createValidate } from '@fanfare/service-kit';
import { z } from 'zod';
import { ignoring, nameSchema } from '../names';
import { refuseInput } from '../problems';
import type { ReadMessage, UnreadMessage } from './sent-kind';

const typedMessage = ignoring(
  ['timestamp', 'kind', 'status', 'result', 'error'],
  z.strictObject({
    id: nameSchema.optional(),
    type: nameSchema.optional(),
    data: z.unknown().optional(),
    source: z.string().min(1).max(255).optional(),
  }),
);

const validate = createValidate(z.strictObject({ message: typedMessage }), 'body');

/** Reads `{id?, type, data?, source?}`, the `message` of events, commands and queries. Id and type may also stand beside it. */
export function readTyped({ id, type, message }: UnreadMessage): ReadMessage {
  const { message: inside } = validate({ message });
  const chosenType = takeOne('type', type, inside.type);
  if (chosenType === undefined) throw refuseInput([{ field: 'message.type', message: 'is required' }]);
  return {
    id: takeOne('id', id, inside.id),
    type: chosenType,
    body: inside.data ?? null,
    source: inside.source ?? null,
  };
}

function takeOne(field: 'id' | 'type', outside: string | undefined, inside: string | undefined) {
  requireSame(field, outside, inside);
  return outside ?? inside;
}

/** What stands beside `message` and inside it too must be the same. */
export function requireSame(field: string, outside: unknown, inside: unknown): void {
  if (outside !== undefined && inside !== undefined && outside !== inside) {
    throw refuseInput([{ field, message: `is another one than message.${field}` }]);
  }
}
