import {
  findEventDefinition,
  resolveEventType,
  toDataSchema,
  toJsonSchema,
  typeOfDataSchema,
} from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import { defineRoute, type Route } from '@fanfare/service-kit';
import { z } from 'zod';

const schemaMediaType = 'application/schema+json';

/** `GET /schemas/{type}`. */
export function schemaRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/api/v1/schemas/{type}',
    role: 'reader',
    summary: 'The JSON Schema of the data of an event',
    description:
      'For a name, an alias or a full type of the catalogue, or the `dataschema` of an event: what is asked of events that are handed in.',
    params: z.object({ type: z.string() }),
    responses: {
      200: { description: 'JSON Schema, draft 7', schema: z.looseObject({}), contentType: schemaMediaType },
      404: { description: 'The catalogue does not know the type' },
    },
    handle: ({ params }) => {
      const type = resolveEventType(typeOfDataSchema(params.type));
      const definition = findEventDefinition(type);
      if (!definition) throw new AppError('not_found', `the catalogue has no type ${params.type}`);
      const schema = {
        $schema: 'http://json-schema.org/draft-07/schema#',
        $id: toDataSchema(type),
        description: definition.summary,
        ...toJsonSchema(definition.external),
      };
      return { status: 200, body: schema, headers: { 'content-type': schemaMediaType } };
    },
  });
}
