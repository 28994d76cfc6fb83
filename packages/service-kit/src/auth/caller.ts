import type { Role } from '../http/route';

/** Who makes a request, as far as it is known. */
export interface Caller {
  /** The subject of the token; undefined when nobody needs one, or for a public route. */
  readonly subject: string | undefined;
  readonly roles: ReadonlySet<Role>;
  /** `<mediator>/<id>` of the colleague that the token is bound to. */
  readonly colleague?: string | undefined;
}

/** Whoever calls while nobody needs a token: may do everything. */
export const anybody: Caller = {
  subject: undefined,
  roles: new Set<Role>(['public', 'reader', 'writer', 'operator', 'admin']),
};
