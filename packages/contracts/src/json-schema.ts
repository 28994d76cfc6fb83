import { z } from 'zod';

/** A piece of a JSON document. */
export type JsonObject = Readonly<Record<string, unknown>>;

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema (draft 7, which AsyncAPI takes for granted) of what may be sent under a schema. */
export function toJsonSchema(schema: z.ZodType): JsonSchema {
  const jsonSchema: JsonSchema = z.toJSONSchema(schema, {
    target: 'draft-7',
    override: ({ jsonSchema: part }) => {
      // `format: date-time` says it all; zod's pattern for it fills a screen
      if (part.format === 'date-time') delete part.pattern;
      // in JSON every property name is a string
      delete part.propertyNames;
    },
  });
  delete jsonSchema.$schema;
  return jsonSchema;
}
