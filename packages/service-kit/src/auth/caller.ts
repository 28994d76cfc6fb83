import { HttpProblem } from '../http/problem';
import type { Role } from '../http/route';

/** Who makes a request, as far as it is known. */
export interface Caller {
  /** The subject of the token; undefined when nobody needs one, or for a public route. */
  readonly subject: string | undefined;
  /** All that it may act as: a role includes those below it. */
  readonly roles: ReadonlySet<Role>;
  /** `<mediator>/<id>` of the colleague that the token is bound to. */
  readonly colleague?: string | undefined;
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAtMs?: number | undefined;
}

/** The lowest first; each includes those before it. */
const ranks = ['public', 'reader', 'writer', 'operator', 'admin'] as const satisfies readonly Role[];

const publicOnly: ReadonlySet<Role> = new Set(['public']);

const rolesUpTo = ranks.map((_, rank): ReadonlySet<Role> => new Set(ranks.slice(0, rank + 1)));

/** The greatest of the roles with all that it includes. Names that are no roles are passed over: issuers have their own. */
export function includedRoles(names: readonly string[]): ReadonlySet<Role> {
  const rank = ranks.findLastIndex((role) => names.includes(role));
  return rolesUpTo[rank] ?? publicOnly;
}

/** Whoever calls while nobody needs a token: may do everything. */
export const anybody: Caller = { subject: undefined, roles: includedRoles(['admin']) };

/** Whoever calls a public route while others need a token. */
export const nobody: Caller = { subject: undefined, roles: includedRoles([]) };

/** Throws the problem for a caller without the role. */
export function requireRole({ roles }: Pick<Caller, 'roles'>, role: Role): void {
  if (roles.has(role)) return;
  // RFC 6750, §3.1
  const challenge = `Bearer realm="fanfare", error="insufficient_scope", scope="${role}"`;
  throw new HttpProblem(403, `this needs the role ${role}`, { headers: { 'www-authenticate': challenge } });
}
