import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '@fanfare/core';
import type { Cors } from '../cors';
import type { Access, Authority } from '../auth/create-authority';
import type { HttpMetrics, RouteMetrics } from './http-metrics';
import { HttpProblem, pathOf } from './problem';
import { refuse, tooManyRequests } from './refuse';
import type { HttpRequest } from './request';
import type { Router } from './router';
import { sendReply } from './send-reply';

/** Answers what is not a declared route, or calls `next`: with an error, or with nothing when it knows no answer. */
export type Fallback = (
  incoming: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export interface UnmatchedOptions {
  readonly router: Router;
  readonly fallback: Fallback;
  /** Asks who calls what is mounted; undefined when nobody needs to say. */
  readonly authority?: Authority | undefined;
  readonly httpMetrics: HttpMetrics;
  readonly clock: Clock;
  /** Undefined where no page of another origin may call. */
  readonly cors?: Cors | undefined;
}

/** Serves a request for which there is no declared route; resolves when its answer has left or its client has gone. */
export function createUnmatched(options: UnmatchedOptions) {
  const { router, fallback, authority, httpMetrics, clock, cors } = options;
  const metricsOf = new Map<string, RouteMetrics>();
  const metricsFor = (method: string) => {
    let metrics = metricsOf.get(method);
    if (!metrics) metricsOf.set(method, (metrics = httpMetrics.forRoute(method, 'unmatched')));
    return metrics;
  };

  return function serveUnmatched(
    request: HttpRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
    isOverloaded: boolean,
  ): Promise<void> {
    const startedMs = clock.elapsedMs();
    const left = new Promise<void>((resolve) => {
      response.once('close', () => {
        metricsFor(incoming.method ?? 'GET').observe(
          response.statusCode,
          (clock.elapsedMs() - startedMs) / 1000,
        );
        resolve();
      });
    });
    const preflight = cors?.answerPreflight(request, router);
    const problem = isOverloaded ? tooManyRequests : findProblem(router, request.url);
    if (preflight) void sendReply(response, request, preflight);
    else if (problem) refuse(request, response, problem);
    else if (authority) void fallBackIfAllowed(authority, request, incoming, response);
    else fallBack(fallback, request, incoming, response);
    return left;
  };

  async function fallBackIfAllowed(
    authority: Authority,
    request: HttpRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      await authority.authorise(request, accessTo(incoming.method, pathOf(request.url)));
    } catch (error) {
      refuse(request, response, error);
      return;
    }
    fallBack(fallback, request, incoming, response);
  }
}

/** What is mounted declares no roles: looking at it takes a reader, all else a writer. The page with the documentation is public. */
function accessTo(method: string | undefined, path: string): Access {
  if (/^\/docs(\/|$)/.test(path)) return { role: 'public', isForColleagues: true };
  const isLooking = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return { role: isLooking ? 'reader' : 'writer', isForColleagues: false };
}

function findProblem(router: Router, url: string): HttpProblem | undefined {
  const allowed = router.allowedMethods(url);
  if (allowed.length > 0) {
    return new HttpProblem(405, 'the path does not have this method', {
      headers: { allow: allowed.join(', ') },
    });
  }
  return isDecodable(url) ? undefined : new HttpProblem(400, 'the URL is not encoded correctly');
}

function isDecodable(url: string): boolean {
  try {
    decodeURI(url);
    return true;
  } catch {
    return false;
  }
}

function fallBack(
  fallback: Fallback,
  request: HttpRequest,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  response.setHeader('x-request-id', request.requestId);
  const { answerHeaders } = request;
  for (let at = 0; at < answerHeaders.length; at += 2) {
    const [name = '', value = ''] = answerHeaders.slice(at, at + 2);
    response.setHeader(name, value);
  }
  fallback(incoming, response, (error) => {
    refuse(
      request,
      response,
      error === undefined ? new HttpProblem(404, 'there is nothing at this path') : translate(error),
    );
  });
}

/** Express and its middleware mark what the client did wrong with a status. */
function translate(error: unknown): unknown {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  if (error instanceof HttpProblem || !(status >= 400 && status < 500)) return error;
  return new HttpProblem(status, (STATUS_CODES[status] ?? 'refused').toLowerCase());
}
