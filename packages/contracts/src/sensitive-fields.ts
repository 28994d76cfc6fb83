import { z } from 'zod';
import { catalogue } from './catalogue';
import { isSensitive } from './fields';

/**
 * Names of the fields that hold what not everybody may see who may read events. They count wherever they stand in the data
 * of whatever event: what has changed of a user is told in a field of its own, and other programs use the same names.
 */
export const sensitiveFields: ReadonlySet<string> = new Set(
  catalogue.flatMap(({ schema, external }) => [...namesIn(schema), ...namesIn(external)]),
);

function namesIn(schema: z.ZodType): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Readonly<Record<string, z.ZodType>>).flatMap(([name, field]) =>
    isSensitive(field) ? [name] : [],
  );
}
