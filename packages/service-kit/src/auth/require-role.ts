import { HttpProblem } from '../http/problem';
import type { Caller } from './caller';
import type { Role } from './role';

/** Throws the problem for a caller without the role. */
export function requireRole({ roles }: Pick<Caller, 'roles'>, role: Role): void {
  if (roles.has(role)) return;
  // RFC 6750, §3.1
  const challenge = `Bearer realm="fanfare", error="insufficient_scope", scope="${role}"`;
  throw new HttpProblem(403, `this needs the role ${role}`, { headers: { 'www-authenticate': challenge } });
}
