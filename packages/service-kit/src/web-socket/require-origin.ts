import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '../http/problem';

/**
 * Throws a problem for a page of a foreign origin: browsers let every page open WebSockets, and leave it to the server to
 * refuse (RFC 6455 §10.2).
 */
export function requireOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): void {
  if (isAllowed(headers, allowed)) return;
  throw new HttpProblem(403, 'pages of this origin may not open a WebSocket here');
}

/** Programs send no origin; a page of the service itself has its host. */
function isAllowed({ origin, host }: IncomingHttpHeaders, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.includes('*') || allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
