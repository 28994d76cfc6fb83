import { STATUS_CODES } from 'node:http';
import { AppError, httpStatusOf } from '@fanfare/core';
import { z } from 'zod';
import type { Reply } from './route';

/** What is wrong with one field of the input. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

export interface ProblemExtra {
  /** Default: what the status says, such as `conflict` for 409. */
  readonly code?: string;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, such as the current version after a conflict. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** An answer that refuses, for what HTTP knows and `AppError` does not (412, 422, 428, …). `detail` is shown to the client. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';

  constructor(
    readonly status: number,
    readonly detail: string,
    readonly extra: ProblemExtra = {},
  ) {
    super(detail);
  }

  /** What a client acts on: lower-case words joined by dashes. */
  get code(): string {
    return this.extra.code ?? shortCodes[this.status] ?? toCode(STATUS_CODES[this.status] ?? 'error');
  }
}

/** Where the name of a status is long, or is not the word that `AppError` has for it. */
const shortCodes: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthorised',
  408: 'timeout',
  413: 'too-large',
  422: 'unprocessable',
  500: 'internal',
  503: 'unavailable',
};

function toCode(words: string): string {
  return words.toLowerCase().replace(/[^a-z]+/g, '-');
}

/** The body of every error answer: RFC 9457, plus `error` for clients that only show a text. */
export const problemBody = z.looseObject({
  /** `/problems/` and the code: a name to tell kinds apart, with no page behind it. */
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  /** Path of the request. */
  instance: z.string(),
  /** The reason to act on; it tells more than the status where there is more to tell. */
  code: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  error: z.string(),
  request_id: z.string(),
});

const retryAfterSeconds = '1';

/** Anything that was thrown while a request was served, as what the client is told: nothing of the inside unless it is meant for it. */
export function toHttpProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (!(thrown instanceof AppError) || thrown.code === 'internal') {
    return new HttpProblem(
      500,
      'the service failed to answer; the request id leads to the reason in its log',
    );
  }
  return new HttpProblem(httpStatusOf[thrown.code], thrown.message, {
    code: toCode(thrown.code),
    ...(thrown.code === 'unavailable' && { headers: { 'retry-after': retryAfterSeconds } }),
  });
}

/** For a service that cannot take this request now, but soon. */
export function refuseForNow(detail: string): HttpProblem {
  return new HttpProblem(503, detail, { headers: { 'retry-after': retryAfterSeconds } });
}

/** A problem as the answer to the request that met it. */
export function problemReply(
  { status, code, detail, extra }: HttpProblem,
  { url, requestId }: { readonly url: string; readonly requestId: string },
) {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...extra.headers },
    body: {
      type: `/problems/${code}`,
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      instance: pathOf(url),
      code,
      ...extra.members,
      ...(extra.errors && { errors: extra.errors }),
      error: detail,
      request_id: requestId,
    },
  } satisfies Reply;
}

/** A URL without its query. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
