import { refuse } from './problems';

/** Throws `too-large` when `value`, of which `noun` says what it is, is longer as JSON than MAX_MESSAGE_BYTES. */
export function requireSize(value: unknown, limitBytes: number, noun: string): void {
  const bytes = value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
  if (bytes <= limitBytes) return;
  throw refuse('too-large', `the ${noun} has ${bytes} bytes as JSON, and may have ${limitBytes}`);
}
