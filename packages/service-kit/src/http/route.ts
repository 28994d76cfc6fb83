import type { TraceContext } from '@fanfare/contracts';
import type { z } from 'zod';
import type { Caller } from '../auth/caller';
import type { Role } from '../auth/role';
import type { Logger } from '../logging/logger';

export type { Role } from '../auth/role';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** A request whose parts were parsed by the route's schemas. */
export interface RouteRequest<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** The bytes of a route that takes a raw body; empty without one. */
  readonly rawBody: Buffer;
  /** Lower-case names; a repeated header is joined with `, `, or the first where HTTP allows only one. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The path with its query, as it was asked for. */
  readonly url: string;
  readonly requestId: string;
  readonly caller: Caller;
  /** The network address that the request came from. */
  readonly address: string;
  /** To be spread into the events that follow from the request. */
  readonly trace: TraceContext;
  /** Carries request id and trace id. */
  readonly log: Logger;
  /** Aborts when the client has gone or the service stops. */
  readonly signal: AbortSignal;
}

/** An answer. `body` is encoded as JSON; `text` is sent as it is; `stream` is sent piece by piece until it ends. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  readonly text?: string;
  readonly stream?: AsyncIterable<string>;
}

export interface ResponseDoc {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawBody {
  /** How long it may be, also when it was sent with gzip and is inflated. */
  readonly limitBytes: number;
  /** What it may be, by media type, for the API document. */
  readonly content?: Readonly<Record<string, z.ZodType>>;
}

/** How audit entries speak of a route, where its path alone does not say it well. A GET route that has this changes something. */
export interface RouteAudit {
  /** `replay.start` */
  readonly action?: string;
  /** The kind of thing that is changed. */
  readonly entity?: string;
}

export interface RouteDefinition<Params, Query, Body> {
  readonly method: Method;
  /** OpenAPI form: `/orders/{id}`. */
  readonly path: string;
  readonly role: Role;
  /** Also for tokens that are bound to a colleague: the handler sees to it that they act for no other. */
  readonly isForColleagues?: boolean;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType<Params>;
  /** Strict: unknown and repeated parameters are refused. */
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  /** How long the JSON body may be, also when it was sent with gzip and is inflated. Default 1 MiB. */
  readonly bodyLimitBytes?: number;
  /** Instead of `body`: the host reads the bytes of whatever type, and the handler says what they mean. */
  readonly rawBody?: RawBody;
  /** Request headers that the route reads, with what they mean, for the API document. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  readonly responses: Readonly<Record<number, z.ZodType | ResponseDoc>>;
  readonly audit?: RouteAudit;
  handle(request: RouteRequest<Params, Query, Body>): Promise<Reply> | Reply;
}

/** A route whose schemas are its own business: what the host keeps in lists. */
export type Route = RouteDefinition<never, never, never>;

/** Declares a route; the types of the handler's request follow from the schemas. */
export function defineRoute<Params = Record<string, never>, Query = Record<string, never>, Body = undefined>(
  definition: RouteDefinition<Params, Query, Body>,
): Route {
  return definition as unknown as Route;
}

/** An answer with a JSON body. */
export function reply(status: number, body?: unknown, headers?: Readonly<Record<string, string>>): Reply {
  return { status, body, headers };
}
