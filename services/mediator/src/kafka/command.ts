import { decodeKafka } from '@fanfare/cloudevents';
import { cloudEventSchema } from '@fanfare/contracts';
import { PermanentError, isNestedTooDeeply, maxNesting } from '@fanfare/core';
import type { IncomingRecord } from '@fanfare/messaging';
import { z } from 'zod';

/** Each does what one call of HTTP does (contract §11). */
export const commandTypes = [
  'create_mediator',
  'update_mediator',
  'delete_mediator',
  'register_colleague',
  'unregister_colleague',
  'send_message',
  'broadcast_message',
  'start_workflow',
] as const;

const commandSchema = cloudEventSchema.extend({
  type: z.enum(commandTypes, `must be one of ${commandTypes.join(', ')}`),
});

export type CommandType = (typeof commandTypes)[number];

/** A CloudEvent that asks for something to be done. */
export type Command = z.infer<typeof commandSchema>;

/** Reads a command in whichever mode of CloudEvents it came. Throws `PermanentError` for what is none. */
export function readCommand(record: Pick<IncomingRecord, 'value' | 'headers'>): Command {
  try {
    const command = commandSchema.parse(decodeKafka(record));
    // what nobody could write again could not be answered either
    const text = JSON.stringify(command.data ?? null);
    if (isNestedTooDeeply(text, command.data)) throw new Error(`is nested more than ${maxNesting} deep`);
    return command;
  } catch (error) {
    throw new PermanentError(`not a command: ${describe(error)}`, { cause: error });
  }
}

function describe(error: unknown): string {
  if (error instanceof z.ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.') || 'event'}: ${message}`).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
