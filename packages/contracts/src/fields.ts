import { z } from 'zod';

/** 1 to 64 characters of visible ASCII. */
export const identifier = z.string().regex(/^[\x21-\x7e]{1,64}$/, 'must be 1 to 64 visible ASCII characters');

/** A point in time as Fanfare writes it: RFC 3339, UTC. */
export const timestamp = z.iso.datetime();

/** A point in time as other programs write it: RFC 3339 with any offset and precision. */
export const externalTimestamp = z.iso.datetime({ offset: true });

/** ISO 4217 code, `USD`. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code');

/** Any text but the empty one. */
export const text = z.string().min(1);

/** Name of a mediator or id of a colleague. */
export const mediatorName = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.\-:@+]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ - : @ + and begin with a letter or digit',
  );

/** Why work failed in a mediator. */
export const failure = z.object({ code: text, message: z.string(), retryable: z.boolean() });

/** Marks a field that only who operates the system gets to see; see `sensitiveFields`. */
export function sensitive<Schema extends z.ZodType>(schema: Schema): Schema {
  return schema.meta({ sensitive: true });
}

/** Whether a field was marked so, be it optional or not. */
export function isSensitive(schema: z.ZodType): boolean {
  if (schema.meta()?.['sensitive'] === true) return true;
  return schema instanceof z.ZodOptional && isSensitive(schema.unwrap() as z.ZodType);
}

/** A JSON object whose fields only its producer knows. */
export const freeObject = z.record(z.string(), z.unknown());

/**
 * The loose schema of an event that other programs send: each known field is optional but typed, others are let through.
 * `title` names it in the generated documents.
 */
export function externalForm<Shape extends z.ZodRawShape>(title: string, shape: Shape) {
  return z.looseObject(shape).partial().meta({ title });
}
