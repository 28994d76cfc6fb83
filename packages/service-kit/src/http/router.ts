import findMyWay, { type HTTPMethod } from 'find-my-way';
import type { HttpMetrics, RouteMetrics } from './http-metrics';
import type { Reply, Role, Route, RouteRequest } from './route';
import { createValidate, type Validate } from './validate';
import type { AuditCall, AuditOf } from '../audit/audit-calls';

/** A route with everything that can be worked out before the first request. */
export interface CompiledRoute {
  /** As it was declared: `/orders/{id}`. */
  readonly path: string;
  /** Who may call it. */
  readonly role: Role;
  readonly isForColleagues: boolean;
  readonly handle: (request: RouteRequest<unknown, unknown, unknown>) => Promise<Reply> | Reply;
  readonly validateParams: Validate | undefined;
  readonly validateQuery: Validate | undefined;
  readonly validateBody: Validate | undefined;
  readonly isBodyOptional: boolean;
  /** For the body, whether JSON or raw. */
  readonly bodyLimitBytes: number;
  readonly hasRawBody: boolean;
  /** Served also before the service is prepared and while it refuses others: health, metrics, documents. */
  readonly isAlwaysServed: boolean;
  readonly metrics: RouteMetrics;
  /** Undefined for a route whose calls are not audited. */
  readonly audit: AuditCall | undefined;
}

export interface Match {
  readonly route: CompiledRoute;
  /** Decoded. */
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Undecoded; empty when there is none. */
  readonly queryText: string;
}

export interface Router {
  /** A HEAD request finds the GET route. A URL that cannot be decoded finds none. */
  find(method: string, url: string): Match | undefined;
  /** The methods that the URL's path has, for `Allow`. */
  allowedMethods(url: string): readonly string[];
}

export interface RouteSet {
  readonly routes: readonly Route[];
  readonly isAlwaysServed: boolean;
}

/** Longer path parameters find no route. */
const maxParamLength = 1024;

const defaultBodyLimitBytes = 1024 * 1024;

/** Finds routes by method and path with find-my-way. Throws when two routes have the same. */
export function createRouter(sets: readonly RouteSet[], httpMetrics: HttpMetrics, auditOf?: AuditOf): Router {
  const router = findMyWay({
    ignoreTrailingSlash: true,
    maxParamLength,
    // left as it is: most routes have no query, the others are stricter than a general parser
    querystringParser: (text) => ({ text }),
  });
  const methods = new Set<string>();
  for (const { routes, isAlwaysServed } of sets) {
    for (const route of routes) {
      const method = route.method.toUpperCase();
      methods.add(method);
      const compiled = { ...compile(route, isAlwaysServed, httpMetrics), audit: auditOf?.(route) };
      router.on(method as HTTPMethod, toPattern(route.path), ignored, compiled);
    }
  }

  function find(method: string, url: string): Match | undefined {
    const found = router.find((method === 'HEAD' ? 'GET' : method) as HTTPMethod, url);
    if (!found) return undefined;
    return {
      route: found.store as CompiledRoute,
      params: found.params,
      queryText: found.searchParams['text'] ?? '',
    };
  }

  return {
    find,
    allowedMethods(url) {
      const allowed = [...methods].filter((method) => find(method, url));
      return allowed.includes('GET') ? ['HEAD', ...allowed].sort() : allowed.sort();
    },
  };
}

/** find-my-way asks for a handler with each route; here the route itself, its `store`, is what is looked for. */
function ignored(): void {
  return undefined;
}

/** `/orders/{id}` as find-my-way writes it, `/orders/:id`. */
function toPattern(path: string): string {
  return path.replaceAll(':', '::').replace(/\{(\w+)\}/g, ':$1');
}

function compile(
  route: Route,
  isAlwaysServed: boolean,
  httpMetrics: HttpMetrics,
): Omit<CompiledRoute, 'audit'> {
  const { params, query, body, bodyLimitBytes, rawBody } = route;
  return {
    path: route.path,
    role: route.role,
    isForColleagues: route.isForColleagues ?? false,
    // what the schemas let through is what the handler declared
    handle: (request) => route.handle(request as RouteRequest<never, never, never>),
    validateParams: params && createValidate(params, 'path'),
    validateQuery: query && createValidate(query, 'query'),
    validateBody: body && createValidate(body, 'body'),
    isBodyOptional: body?.safeParse(undefined).success ?? true,
    bodyLimitBytes: rawBody?.limitBytes ?? bodyLimitBytes ?? defaultBodyLimitBytes,
    hasRawBody: rawBody !== undefined,
    isAlwaysServed,
    metrics: httpMetrics.forRoute(route.method.toUpperCase(), route.path),
  };
}
