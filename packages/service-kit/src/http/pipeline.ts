import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Tracer } from '@fanfare/core';
import type { AuditCall } from '../audit/audit-calls';
import type { HttpMetrics } from './http-metrics';
import { HttpProblem, toHttpProblem } from './problem';
import { readJsonBody, readRawBody } from './read-body';
import { notPrepared, refuse, tooManyRequests } from './refuse';
import { HttpRequest, type RequestHost } from './request';
import { endRequestSpan, startRequestSpan } from './request-spans';
import type { Reply } from './route';
import type { CompiledRoute, Match } from './router';
import { sendReply } from './send-reply';
import { acceptRequestId } from './trace';
import { createUnmatched, type UnmatchedOptions } from './unmatched';
import { parseQuery } from './validate';

export interface PipelineOptions extends RequestHost, UnmatchedOptions {
  readonly newId: () => string;
  /** Until it is true the service's own routes are refused. */
  readonly isPrepared: () => boolean;
  readonly maxRequestsInFlight: number;
  readonly httpMetrics: HttpMetrics;
  /** Undefined unless requests are traced. */
  readonly tracer?: Tracer | undefined;
}

export interface Pipeline {
  readonly serve: RequestListener;
  /** How many requests are being answered. */
  inFlight(): number;
}

/**
 * The way of a request: find the route, read and check its parts, handle, answer. One chain without middleware,
 * because at its speed each layer and each closure per request shows.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { router, clock, logger, newId, maxRequestsInFlight, isPrepared, entrance, tracer, cors } = options;
  const serveUnmatched = createUnmatched(options);
  let inFlight = 0;

  async function serveMatch(
    request: HttpRequest,
    incoming: IncomingMessage,
    response: ServerResponse,
    match: Match,
  ) {
    const startedMs = clock.elapsedMs();
    const { route } = match;
    // what is turned away untouched leaves no entry: neither an overload nor who shows no good token must make more work
    let audit: AuditCall | undefined;
    try {
      if (!route.isAlwaysServed) {
        if (inFlight > maxRequestsInFlight) throw tooManyRequests;
        if (!isPrepared()) throw notPrepared;
      }
      request.params = match.params;
      const waiting = entrance.admit(request, route);
      if (waiting) await waiting;
      if (route.audit && isPrepared()) ({ audit } = route);
      const reply = await answer(request, incoming, match);
      if (audit) await audit(request, reply.status, reply);
      audit = undefined;
      const streaming = sendReply(response, request, reply);
      if (streaming) await streaming;
    } catch (error) {
      const { status } = toHttpProblem(error);
      // of those who are turned away, only these are known
      if (status === 403) ({ audit } = route);
      if (audit) await audit(request, status);
      refuse(request, response, error);
      if (!incoming.complete) cutOffLater(incoming, clock);
    }
    route.metrics.observe(response.statusCode, (clock.elapsedMs() - startedMs) / 1000);
  }

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const requestId = acceptRequestId(headers['x-request-id'] as string | undefined) ?? newId();
    const request = new HttpRequest(options, incoming, response, requestId);
    cors?.admit(request);
    const match = router.find(method, url);
    const span = tracer && startRequestSpan(tracer, request, method, match?.route);
    inFlight += 1;
    if (match) await serveMatch(request, incoming, response, match);
    else await serveUnmatched(request, incoming, response, inFlight > maxRequestsInFlight);
    inFlight -= 1;
    if (span) endRequestSpan(span, response.statusCode);
    if (request.isLast && response.shouldKeepAlive) endWhenSent(incoming.socket, response);
    if (logger.isLevelEnabled('debug')) {
      const { shownUrl } = request;
      request.log.debug({ method, url: shownUrl, status: response.statusCode }, 'a request was answered');
    }
  }

  return {
    inFlight: () => inFlight,
    serve: (incoming, response) => void serve(incoming, response),
  };
}

/** A client that is still sending when it is refused has so long to see the answer. */
const refusedBodyMs = 2_000;

/** Some clients stop sending when they have their answer, and then neither finish the request nor hang up. */
function cutOffLater(incoming: IncomingMessage, clock: Clock): void {
  clock.setTimer(refusedBodyMs, () => {
    if (!incoming.complete) incoming.socket.destroy();
  });
}

/** For an answer that began before the service stopped, and promised that the connection goes on. */
function endWhenSent(socket: Socket, response: ServerResponse): void {
  if (response.writableFinished) socket.end();
  else response.once('finish', () => socket.end());
}

async function answer(request: HttpRequest, incoming: IncomingMessage, match: Match): Promise<Reply> {
  const { route } = match;
  const span = request.startSpan('validate');
  try {
    checkAddress(request, match);
    if (route.validateBody || route.hasRawBody) await takeBody(request, incoming, route);
  } catch (error) {
    span?.end(error);
    throw error;
  }
  span?.end();
  return route.handle(request);
}

function checkAddress(request: HttpRequest, { route, params, queryText }: Match): void {
  request.params = route.validateParams ? route.validateParams(params) : params;
  if (route.validateQuery) request.query = route.validateQuery(parseQuery(queryText));
  else if (queryText !== '') refuseQuery(queryText);
}

async function takeBody(
  request: HttpRequest,
  incoming: IncomingMessage,
  { validateBody, isBodyOptional, bodyLimitBytes }: CompiledRoute,
): Promise<void> {
  if (!validateBody) {
    request.rawBody = await readRawBody(incoming, bodyLimitBytes);
    return;
  }
  const body = await readJsonBody(incoming, bodyLimitBytes);
  if (body === undefined && !isBodyOptional) throw new HttpProblem(400, 'the request needs a JSON body');
  request.sentBody = body;
  request.body = validateBody(body);
}

function refuseQuery(queryText: string): void {
  const errors = Object.keys(parseQuery(queryText)).map((field) => ({
    field,
    message: 'is not a known field',
  }));
  if (errors.length > 0) throw new HttpProblem(400, 'the query does not fit', { errors });
}
