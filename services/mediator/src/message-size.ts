import { isNestedTooDeeply } from '@fanfare/core';
import { refuse, refuseInput } from './problems';

/** Throws unless `value`, of which `noun` says what it is, can be kept: as JSON no longer than MAX_MESSAGE_BYTES. */
export function requireSize(value: unknown, limitBytes: number, noun: string): void {
  if (value === undefined) return;
  const json = write(value);
  if (json === undefined || isNestedTooDeeply(json, value)) {
    throw refuseInput([{ field: noun, message: 'is nested too deeply' }]);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes <= limitBytes) return;
  throw refuse('too-large', `the ${noun} has ${bytes} bytes as JSON, and may have ${limitBytes}`);
}

/** What stands around a message or data in a body: at most the ids of a thousand recipients. */
const bodyMarginBytes = 131_072;

/** How long the body of a call may be that carries something as long as MAX_MESSAGE_BYTES. */
export function bodyLimitOf({ maxMessageBytes }: { readonly maxMessageBytes: number }): number {
  return Math.max(2 ** 20, maxMessageBytes + bodyMarginBytes);
}

/** Undefined when the stack is too short for it. */
function write(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
