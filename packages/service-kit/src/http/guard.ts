import type { HttpRequest } from './request';
import type { CompiledRoute } from './router';

/**
 * Looks at a request before its parts are read: who makes it, whether too many come. Throws the `HttpProblem` with which it
 * is refused; a promise only where it must wait, because every request passes here.
 */
export type Guard = (request: HttpRequest, route: CompiledRoute) => Promise<void> | void;
