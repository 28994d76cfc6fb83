import type { Span, Tracer } from '@fanfare/core';
import { pathOf } from './problem';
import type { HttpRequest } from './request';
import type { CompiledRoute } from './router';

/**
 * Begins the span of a request, in the trace of its client; none for health, metrics and documents. Names and attributes
 * are those of https://opentelemetry.io/docs/specs/semconv/http/http-spans/.
 */
export function startRequestSpan(
  tracer: Tracer,
  request: HttpRequest,
  method: string,
  route: CompiledRoute | undefined,
): Span | undefined {
  if (route?.isAlwaysServed) return undefined;
  const span = tracer.startSpan(route ? `${method} ${route.path}` : method, {
    parent: request.headers['traceparent'],
    kind: 'server',
    attributes: {
      'http.request.method': method,
      'http.route': route?.path,
      'url.scheme': request.scheme,
      'url.path': pathOf(request.shownUrl),
      'client.address': request.address,
      'fanfare.request.id': request.requestId,
    },
  });
  request.follow(span, tracer);
  return span;
}

/** Only what the server is to blame for is a failure of its span. */
export function endRequestSpan(span: Span, status: number): void {
  span.set({ 'http.response.status_code': status });
  span.end(status >= 500 ? new Error(`answered with ${status}`) : undefined);
}
