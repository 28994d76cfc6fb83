import type { ServerResponse } from 'node:http';
import { keysAway } from '../auth/key-set';
import { problemReply, refuseForNow, toHttpProblem, type HttpProblem } from './problem';
import type { HttpRequest } from './request';
import { sendReply } from './send-reply';

export const tooManyRequests = refuseForNow(
  'as many requests are under way as the service takes, try again shortly',
);
export const notPrepared = refuseForNow('the service is starting, try again shortly');

/** The one place where what was thrown becomes an answer and a log line. */
export function refuse(request: HttpRequest, response: ServerResponse, thrown: unknown): void {
  const problem = toHttpProblem(thrown);
  logRefusal(request, problem, thrown);
  request.countProblem(problem.code);
  if (problem.status === 500) request.tellFailure(thrown);
  if (response.headersSent) response.destroy();
  else void sendReply(response, request, problemReply(problem, request));
}

function isKeptOutOfLog(problem: HttpProblem): boolean {
  const { status } = problem;
  return problem === tooManyRequests || problem === notPrepared || problem === keysAway || status === 429;
}

/** Logs why a request is refused: in full only where it is the service's own fault. */
export function logRefusal(
  request: Pick<HttpRequest, 'log' | 'shownUrl'>,
  problem: HttpProblem,
  err: unknown,
): void {
  // a log line for each refused request would make an overload worse; the metrics count them
  if (isKeptOutOfLog(problem)) return;
  const { log, shownUrl: url } = request;
  const { status, detail, extra } = problem;
  if (status === 500) log.error({ err, url }, 'a request failed');
  else if (status > 500) log.warn({ err, url, status }, 'a request could not be served');
  else log.info({ url, status, detail, errors: extra.errors }, 'a request was refused');
}
