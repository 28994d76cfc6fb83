import type { AuditAs, AuditCall, Method, Route } from '@fanfare/service-kit';

/** Leaves the entry of what is asked for by other ways than HTTP, as the route at this path does. Throws when there is none. */
export type AuditByPath = (method: Method, path: string) => AuditCall;

export function createAuditByPath(routes: readonly Route[], auditAs: AuditAs): AuditByPath {
  return (method, path) => {
    const route = routes.find((each) => each.method === method && each.path === path);
    if (!route) throw new Error(`there is no route ${method} ${path}`);
    return auditAs(route);
  };
}
