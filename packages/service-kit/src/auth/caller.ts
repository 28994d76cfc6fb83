import { includedRoles, type Role } from './role';

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
  /** Another service, which is held to no limit. */
  readonly isService?: boolean;
}

/** Whoever calls while nobody needs a token: may do everything. */
export const anybody: Caller = { subject: undefined, roles: includedRoles(['admin']) };

/** Whoever calls a public route while others need a token. */
export const nobody: Caller = { subject: undefined, roles: includedRoles([]) };
