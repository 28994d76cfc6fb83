/** The lowest first; each includes those before it. */
const ranks = ['public', 'reader', 'writer', 'operator', 'admin'] as const;

/** Who may call a route; `public` needs no token even when authentication is on. */
export type Role = (typeof ranks)[number];

/** Stands beside one of the roles in tokens of services; it opens no route. */
export const serviceMark = 'service';

const publicOnly: ReadonlySet<Role> = new Set(['public']);

const rolesUpTo = ranks.map((_, rank): ReadonlySet<Role> => new Set(ranks.slice(0, rank + 1)));

/** The greatest of the roles with all that it includes. Names that are no roles are passed over: issuers have their own. */
export function includedRoles(names: readonly string[]): ReadonlySet<Role> {
  const rank = ranks.findLastIndex((role) => names.includes(role));
  return rolesUpTo[rank] ?? publicOnly;
}
