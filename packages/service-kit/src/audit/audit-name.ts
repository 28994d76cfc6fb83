import { isSecret } from './audit-changes';
import type { Route } from '../http/route';

/** What an entry tells of a route. */
export type AuditedRoute = Pick<Route, 'method' | 'path' | 'audit'>;

/** How an audit entry calls what a route does. */
export interface AuditName {
  /** `order.cancel`. */
  readonly action: string;
  /** The kind of thing that it is done to: `order`. */
  readonly entity: string;
  /** The path parameters that name the thing, or the one in which something comes to exist, from the outside in. */
  readonly idParams: readonly string[];
  /** Whether these name the thing itself, so that the answer need not be asked what came to exist. */
  readonly isNamedByPath: boolean;
}

const verbOfMethod = {
  post: 'create',
  put: 'update',
  patch: 'update',
  delete: 'delete',
  get: 'read',
} as const;
const prefix = /^\/(?:api\/v\d+\/)?/;
const parameter = /^\{(\w+)\}$/;

/**
 * What a route says of itself, or else what its path says: `POST /orders/{id}/cancel` cancels an order, since a word that
 * is no plural and stands last is what is done; `POST /orders` creates one.
 */
export function auditNameOf({ method, path, audit }: AuditedRoute): AuditName {
  const segments = path.replace(prefix, '').split('/');
  const words = segments.filter((segment) => !parameter.test(segment));
  const last = segments.at(-1) ?? '';
  const isDone = words.length > 1 && !parameter.test(last) && !last.endsWith('s');
  const verb = isDone ? words.pop() : undefined;
  const noun = words.at(-1) ?? '';
  const entity = audit?.entity ?? singular(toName(noun));
  return {
    action: audit?.action ?? `${entity}.${verb === undefined ? verbOfMethod[method] : toName(verb)}`,
    entity,
    idParams: segments
      .flatMap((segment) => parameter.exec(segment)?.[1] ?? [])
      .filter((name) => !isSecret(name)),
    isNamedByPath: parameter.test(segments[segments.lastIndexOf(noun) + 1] ?? ''),
  };
}

function toName(segment: string): string {
  return segment.replaceAll('-', '_');
}

function singular(noun: string): string {
  return noun.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
}
