import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { problemBody } from '../http/problem';
import type { RawBody, ResponseDoc, Route } from '../http/route';
import { refuseUnknown } from '../http/validate';

export interface OpenApiOptions {
  readonly title: string;
  readonly version: string;
  readonly routes: readonly Route[];
}

type Json = Readonly<Record<string, unknown>>;

/** The OpenAPI 3.1 document of the routes, from the same schemas that check their requests. */
export function createOpenApiDocument({ title, version, routes }: OpenApiOptions): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = describeRoute(route);
  return {
    openapi: '3.1.0',
    info: { title, version },
    paths,
    components: {
      schemas: { Problem: toSchema(problemBody, 'output') },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Asked for under AUTH_MODE=jwt',
        },
      },
    },
  };
}

function describeRoute(route: Route): Json {
  const { method, path, summary, description, role } = route;
  const parameters = [...pathParameters(route), ...queryParameters(route), ...headerParameters(route)];
  return {
    operationId: `${method}${path.replace(/[^\w]+(\w?)/g, (_, next: string) => next.toUpperCase())}`,
    summary,
    ...(description !== undefined && { description }),
    'x-role': role,
    ...(role !== 'public' && { security: [{ token: [role] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...describeBody(route),
    responses: { ...describeProblems(route), ...describeResponses(route) },
  };
}

function describeBody({ body, rawBody }: Route): Json {
  if (rawBody) return { requestBody: { required: true, content: describeRawBody(rawBody) } };
  if (!body) return {};
  const content = { 'application/json': { schema: toSchema(refuseUnknown(body), 'input') } };
  return { requestBody: { required: !body.safeParse(undefined).success, content } };
}

function describeRawBody({ content }: RawBody): Json {
  if (!content) return { '*/*': {} };
  return Object.fromEntries(
    Object.entries(content).map(([type, schema]) => [type, { schema: toSchema(schema, 'input') }]),
  );
}

function pathParameters({ path, params }: Route): Json[] {
  const { properties = {} } = params ? objectSchema(params) : {};
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return names.map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name] ?? { type: 'string' },
  }));
}

function queryParameters({ query }: Route): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = objectSchema(query);
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function headerParameters({ requestHeaders = {} }: Route): Json[] {
  return Object.entries(requestHeaders).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    required: false,
    schema: { type: 'string' },
  }));
}

function describeResponses({ responses }: Route): Json {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      describeResponse(status, toDoc(status, response)),
    ]),
  );
}

function toDoc(status: string, response: z.ZodType | ResponseDoc): ResponseDoc {
  return 'description' in response && !('def' in response)
    ? response
    : { description: STATUS_CODES[status] ?? 'Answer', schema: response };
}

function describeResponse(status: string, { description, schema, contentType, headers }: ResponseDoc): Json {
  const isProblem = Number(status) >= 400 && schema === undefined && contentType === undefined;
  if (isProblem) return problemResponse(Number(status), description);
  const type = contentType ?? 'application/json';
  const hasContent = schema !== undefined || contentType !== undefined;
  return {
    description,
    ...(hasContent && { content: { [type]: schema ? { schema: toSchema(schema, 'output') } : {} } }),
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: 'string' } },
        ]),
      ),
    }),
  };
}

/** What any request of this shape can meet before it gets to the handler, and what every handler can throw. */
function describeProblems({ path, role, body, rawBody }: Route): Json {
  const bodyStatuses = body || rawBody ? [413, 415] : [];
  const tokenStatuses = role === 'public' ? [] : [401, 403];
  const statuses = [
    400,
    ...tokenStatuses,
    ...(path.includes('{') ? [404] : []),
    405,
    ...bodyStatuses,
    500,
    503,
  ];
  return Object.fromEntries(statuses.map((status) => [status, problemResponse(status)]));
}

function problemResponse(status: number, description = STATUS_CODES[status]): Json {
  return {
    description,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}

function objectSchema(schema: z.ZodType): ObjectSchema {
  return toSchema(schema, 'input');
}

function toSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const document = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  // OpenAPI 3.1 says for the whole document which JSON Schema it means
  return Object.fromEntries(
    Object.entries(document).filter(([key]) => key !== '$schema' && key !== '~standard'),
  );
}
