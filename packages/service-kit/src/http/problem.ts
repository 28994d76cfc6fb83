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
}

/** The body of every error answer: RFC 9457, plus `error` for clients that only show a text. */
export const problemBody = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
  /** Path of the request. */
  instance: z.string(),
  /** The reason to act on, where the status alone does not tell it. */
  code: z.string().optional(),
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
    members: { code: thrown.code },
    ...(thrown.code === 'unavailable' && { headers: { 'retry-after': retryAfterSeconds } }),
  });
}

/** For a service that cannot take this request now, but soon. */
export function refuseForNow(detail: string): HttpProblem {
  return new HttpProblem(503, detail, {
    headers: { 'retry-after': retryAfterSeconds },
    members: { code: 'unavailable' },
  });
}

export function problemReply(
  { status, detail, extra }: HttpProblem,
  { url, requestId }: { readonly url: string; readonly requestId: string },
): Reply {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...extra.headers },
    body: {
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      instance: pathOf(url),
      ...extra.members,
      ...(extra.errors && { errors: extra.errors }),
      error: detail,
      request_id: requestId,
    },
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
