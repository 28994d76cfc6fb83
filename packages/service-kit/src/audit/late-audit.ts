import type { AuditCall, AuditOf } from './audit-calls';
import type { AuditedRoute } from './audit-name';

/** Audits what comes by another way than a route as a call of the route that does the same. */
export type AuditAs = (route: AuditedRoute) => AuditCall;

/** Lends a service the way to audit before it is known where its entries go, which depends on the service. */
export interface LateAudit {
  readonly auditAs: AuditAs;
  /** From now on entries are left; until then there are none. */
  readonly connect: (auditOf: AuditOf) => void;
}

export function createLateAudit(): LateAudit {
  let auditOf: AuditOf | undefined;
  return {
    auditAs(route) {
      let audit: AuditCall | undefined;
      return async (call, status, reply) => {
        audit ??= auditOf?.(route);
        await audit?.(call, status, reply);
      };
    },
    connect(to) {
      auditOf = to;
    },
  };
}
