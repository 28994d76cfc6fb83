import type { HttpRequest } from '../http/request';
import type { Reply } from '../http/route';
import type { Router } from '../http/router';

/** What lets pages of other origins call the services (https://fetch.spec.whatwg.org/#http-cors-protocol). */
export interface Cors {
  /** Lets the page that asks see the answer, whatever it is, if its origin is allowed. */
  admit(request: HttpRequest): void;
  /** The answer to a browser that asks how a page may call a path; undefined when it may not, or nobody asks for that. */
  answerPreflight(request: HttpRequest, router: Pick<Router, 'allowedMethods'>): Reply | undefined;
}

const requestHeaders = [
  'authorization',
  'content-type',
  'content-encoding',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'traceparent',
  'tracestate',
  'x-request-id',
];

/** Those beyond what a page may always read. */
const exposed = [
  'Location',
  'ETag',
  'Link',
  'Allow',
  'Retry-After',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'WWW-Authenticate',
  'X-Request-Id',
  'Idempotency-Replayed',
  'traceparent',
].join(', ');

const preflightSeconds = '600';

/** Allows `origins`, of which there must be one; undefined without any, because then no answer says a word about it. */
export function createCors(origins: readonly string[]): Cors | undefined {
  if (origins.length === 0) return undefined;
  const isOpen = origins.includes('*');
  const isAllowed = (origin: string | undefined): origin is string =>
    origin !== undefined && (isOpen || origins.includes(origin));

  return {
    admit(request) {
      const { origin } = request.headers;
      // a cache must not give one origin what was meant for another, nor the answer without a word of it
      request.addAnswerHeaders('vary', 'Origin');
      if (!isAllowed(origin)) return;
      request.addAnswerHeaders('access-control-expose-headers', exposed);
      if (isOpen) request.addAnswerHeaders('access-control-allow-origin', '*');
      else {
        request.addAnswerHeaders(
          'access-control-allow-origin',
          origin,
          'access-control-allow-credentials',
          'true',
        );
      }
    },
    answerPreflight({ method, headers, url }, router) {
      const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
      if (!isPreflight || !isAllowed(headers['origin'])) return undefined;
      const methods = router.allowedMethods(url);
      if (methods.length === 0) return undefined;
      const asked = headers['access-control-request-headers'] ?? '';
      return {
        status: 204,
        headers: {
          'access-control-allow-methods': methods.join(', '),
          'access-control-allow-headers': [...requestHeaders, ...eventHeaders(asked)].join(', '),
          'access-control-max-age': preflightSeconds,
        },
      };
    },
  };
}

/** Attributes of a CloudEvent in binary mode, whose extensions can have any name. */
function eventHeaders(asked: string): string[] {
  const names = asked.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => /^ce-[a-z0-9]{1,40}$/.test(name));
}
