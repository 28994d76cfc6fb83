import { z } from 'zod';
import { read } from './http';

const schemaObject = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.strictObject({ schema: schemaObject.optional() }));

const operation = z.object({
  operationId: z.string().min(1),
  summary: z.string().min(1),
  description: z.string().optional(),
  parameters: z
    .array(
      z.object({
        name: z.string().min(1),
        in: z.enum(['path', 'query', 'header']),
        required: z.boolean(),
        schema: schemaObject,
      }),
    )
    .optional(),
  requestBody: z.object({ required: z.boolean(), content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5]\d\d$/),
    z.object({ description: z.string().min(1), content: content.optional() }),
  ),
});

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** As much of OpenAPI 3.1 as the services use, and nothing beside it. */
const documentSchema = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.looseObject({ title: z.string().min(1), version: z.string().min(1) }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(methods), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), schemaObject) }),
});
export type ApiDocument = z.infer<typeof documentSchema>;

export interface ApiRoute extends z.infer<typeof operation> {
  readonly method: string;
  readonly path: string;
}

export function readApiDocument(url: string): Promise<ApiDocument> {
  return read(`${url}/openapi.json`, documentSchema);
}

export function routesOf({ paths }: ApiDocument): ApiRoute[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, described]) => ({ ...described, method: method.toUpperCase(), path })),
  );
}

/** A JSON schema of the document as a check. */
export function toCheck(schema: z.infer<typeof schemaObject> | undefined): z.ZodType {
  if (!schema) throw new Error('there is no such schema in the document');
  return z.fromJSONSchema(schema);
}

/** Every `$ref` in the document. */
export function referencesIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : referencesIn(value),
  );
}

/** What a `$ref` within the document leads to. */
export function follow(document: unknown, reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>(
      (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
      document,
    );
}
