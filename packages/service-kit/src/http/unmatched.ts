import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from '@fanfare/core';
import type { Cors } from '../edge/cors';
import type { Entrance, Purpose } from './entrance';
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
  readonly entrance: Entrance;
  readonly httpMetrics: HttpMetrics;
  readonly clock: Clock;
  /** Undefined where no page of another origin may call. */
  readonly cors?: Cors | undefined;
}

/** Serves a request for which there is no declared route; resolves when its answer has left or its client has gone. */
export function createUnmatched(options: UnmatchedOptions) {
  const { router, fallback, entrance, httpMetrics, clock, cors } = options;
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
    if (preflight) void sendReply(response, request, preflight);
    else if (isOverloaded) refuse(request, response, tooManyRequests);
    else void answer(request, incoming, response);
    return left;
  };

  async function answer(
    request: HttpRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const problem = findProblem(router, request.url);
    try {
      await entrance.admit(request, problem ? nothing : purposeOf(incoming.method, pathOf(request.url)));
    } catch (error) {
      refuse(request, response, error);
      return;
    }
    if (problem) refuse(request, response, problem);
    else fallBack(fallback, request, incoming, response);
  }
}

/** Of a request that does nothing whoever makes it: it is only counted. */
const nothing: Purpose = { role: 'public', isForColleagues: true, isAlwaysServed: false };

/** What is mounted declares no roles: looking at it takes a reader, all else a writer. The page with the documentation is public. */
function purposeOf(method: string | undefined, path: string): Purpose {
  if (/^\/docs(\/|$)/.test(path)) return { ...nothing, isAlwaysServed: true };
  const isLooking = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  return { role: isLooking ? 'reader' : 'writer', isForColleagues: false, isAlwaysServed: false };
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
