import type { Express } from 'express';
import { AppError, createVirtualClock } from '@fanfare/core';
import { z } from 'zod';
import { wholeNumber } from '../config/whole-number';
import { defineRoute, reply } from '../http/route';
import { hostForTest, serviceWith } from '../testing';
import { createOpenApiDocument } from './openapi';

const parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string().optional(),
  schema: z.looseObject({}),
});
const content = z.record(
  z.string().regex(/^[\w+*-]+\/[\w.+*-]+$/),
  z.strictObject({ schema: z.looseObject({}).optional() }),
);
const response = z.strictObject({
  description: z.string(),
  content: content.optional(),
  headers: z.record(z.string(), z.looseObject({})).optional(),
});
const operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  summary: z.string(),
  description: z.string().optional(),
  'x-role': z.enum(['public', 'reader', 'writer', 'operator', 'admin']),
  security: z.array(z.strictObject({ token: z.array(z.string()) })).optional(),
  parameters: z.array(parameter).optional(),
  requestBody: z.strictObject({ required: z.boolean(), content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), response),
});
/** What OpenAPI 3.1 asks of a document that has no more in it than ours. */
const document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation),
  ),
  components: z.strictObject({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.strictObject({ token: z.looseObject({ type: z.literal('http') }) }),
  }),
});

const routes = [
  defineRoute({
    method: 'post',
    path: '/orders',
    role: 'writer',
    summary: 'Place an order',
    body: z.object({ quantity: z.int().min(1), note: z.string().default('') }),
    requestHeaders: { 'Idempotency-Key': 'The same key never places two orders' },
    responses: {
      201: {
        description: 'Placed',
        schema: z.object({ id: z.string() }),
        headers: { Location: 'Where it is' },
      },
      409: { description: 'Another order has this key' },
    },
    handle: () => reply(201),
  }),
  defineRoute({
    method: 'get',
    path: '/orders/{id}',
    role: 'reader',
    summary: 'Read an order',
    params: z.object({ id: z.uuid() }),
    query: z.object({ limit: wholeNumber({ min: 1, max: 9 }).prefault('5'), status: z.string() }),
    responses: { 200: z.object({ at: z.iso.datetime() }) },
    handle: () => reply(200),
  }),
  defineRoute({
    method: 'post',
    path: '/events',
    role: 'writer',
    summary: 'Publish events',
    rawBody: { limitBytes: 16, content: { 'application/cloudevents+json': z.object({ id: z.string() }) } },
    responses: { 202: { description: 'Taken' } },
    handle: () => reply(202),
  }),
  defineRoute({
    method: 'put',
    path: '/files/{name}',
    role: 'writer',
    summary: 'Keep a file',
    rawBody: { limitBytes: 16 },
    responses: { 204: { description: 'Kept' } },
    handle: () => reply(204),
  }),
];

describe('the API document', () => {
  it('has the form of OpenAPI 3.1', () => {
    document.parse(createOpenApiDocument({ title: 'sample', version: '1', routes }));
  });

  it('describes a body as requests are checked: unknown fields refused, defaults optional', () => {
    const { paths } = document.parse(createOpenApiDocument({ title: 'sample', version: '1', routes }));

    expect(paths['/orders']?.post).toMatchObject({
      operationId: 'postOrders',
      'x-role': 'writer',
      security: [{ token: ['writer'] }],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: { type: 'object', required: ['quantity'], additionalProperties: false },
          },
        },
      },
      parameters: [{ name: 'Idempotency-Key', in: 'header', required: false }],
    });
  });

  it('describes a raw body by its media types, or as anything', () => {
    const { paths } = document.parse(createOpenApiDocument({ title: 'sample', version: '1', routes }));

    const { requestBody, responses } = paths['/events']?.post ?? {};
    expect(requestBody).toMatchObject({
      required: true,
      content: { 'application/cloudevents+json': { schema: { type: 'object', required: ['id'] } } },
    });
    const problems = ['400', '401', '403', '405', '413', '415', '500', '503'];
    expect(Object.keys(responses ?? {})).toEqual(['202', ...problems]);
    expect(paths['/files/{name}']?.put?.requestBody?.content).toEqual({ '*/*': {} });
  });

  it('describes path and query parameters', () => {
    const { paths } = document.parse(createOpenApiDocument({ title: 'sample', version: '1', routes }));

    expect(paths['/orders/{id}']?.get?.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
      { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 9 } },
      { name: 'status', in: 'query', required: true, schema: { type: 'string' } },
    ]);
  });

  it('adds the problems that every request can meet to those that a route declares', () => {
    const { paths } = document.parse(createOpenApiDocument({ title: 'sample', version: '1', routes }));

    const { responses } = paths['/orders']?.post ?? {};
    const problems = ['400', '401', '403', '405', '409', '413', '415', '500', '503'];
    expect(Object.keys(responses ?? {})).toEqual(['201', ...problems]);
    expect(responses?.['409']).toEqual({
      description: 'Another order has this key',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
  });

  it('is served, with every declared route in it and no other', async () => {
    await using service = await hostForTest(() => serviceWith({ routes }));

    const { body } = await service.request('/openapi.json');

    expect(Object.keys(document.parse(body).paths).sort()).toEqual(
      [
        '/orders',
        '/orders/{id}',
        '/events',
        '/files/{name}',
        '/dead-letters',
        '/dead-letters/redrive',
        '/dead-letters/{id}',
        '/dead-letters/{id}/redrive',
        '/health',
        '/health/live',
        '/health/ready',
        '/ledger',
        '/log-level',
        '/metrics',
        '/openapi.json',
      ].sort(),
    );
  });
});

describe('the page with the documentation', () => {
  it('opens with nothing but what the service itself serves', async () => {
    await using service = await hostForTest(() => serviceWith({ routes }));

    const page = await service.request('/docs');

    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    const links = [...String(page.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links).toHaveLength(4);
    for (const link of links) expect(await service.request(link)).toMatchObject({ status: 200 });
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect((await service.request('/docs/init.js')).body).toContain("url: '/openapi.json'");
  });
});

describe('what a user mounts', () => {
  it('is served where there is no declared route, and its errors are problems', async () => {
    const mount = (app: Express) => {
      app.get('/legacy', (_, response) => {
        response.json({ old: true });
      });
      app.get('/legacy/broken', () => {
        throw new TypeError('a bug');
      });
    };
    await using service = await hostForTest(() => serviceWith({ mount }));

    expect(await service.request('/legacy')).toMatchObject({ status: 200, body: { old: true } });
    expect(await service.request('/legacy/nothing')).toMatchObject({ status: 404 });
    expect(await service.request('/legacy/broken')).toMatchObject({
      status: 500,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    });
  });
  it('waits like every route until the service is prepared, but the documentation does not', async () => {
    const mount = (app: Express) => {
      app.get('/legacy', (_, response) => {
        response.json({ old: true });
      });
    };
    const prepare = () => Promise.reject(new AppError('unavailable', 'the database is away'));
    const clock = createVirtualClock();
    await using service = await hostForTest(() => serviceWith({ mount, prepare }), {
      clock,
      untilReady: false,
    });

    expect(await service.request('/legacy')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(await service.request('/docs')).toMatchObject({ status: 200 });
    expect(await service.request('/openapi.json')).toMatchObject({ status: 200 });
  });
});
