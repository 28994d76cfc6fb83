import { defineRoute, type Route } from '../http/route';
import { createOpenApiDocument } from './openapi';

/** `GET /openapi.json` for the given routes and itself. */
export function openApiRoute(title: string, routes: readonly Route[]): Route {
  let text: string | undefined;
  const route: Route = defineRoute({
    method: 'get',
    path: '/openapi.json',
    role: 'public',
    summary: 'This document',
    responses: { 200: { description: 'OpenAPI 3.1', contentType: 'application/json' } },
    handle: () => {
      text ??= JSON.stringify(createOpenApiDocument({ title, version: '1', routes: [...routes, route] }));
      return { status: 200, text };
    },
  });
  return route;
}
