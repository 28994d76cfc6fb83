import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { TraceContext } from '@fanfare/contracts';
import type { Span, Tracer } from '@fanfare/core';
import { anybody, type Caller } from '../auth/caller';
import type { Logger } from '../logging/logger';
import type { HttpMetrics } from './http-metrics';
import { noBytes } from './read-body';
import type { RouteRequest } from './route';
import { securityHeaderList } from './security-headers';
import type { ShowUrl } from './shown-url';
import { parseTraceParent, startSpan } from './trace';

/** What all requests of a server share. */
export interface RequestHost {
  readonly logger: Logger;
  /** Aborted when the service stops. */
  readonly stopping: AbortSignal;
  readonly httpMetrics?: Pick<HttpMetrics, 'countProblem'> | undefined;
  /** Told of each request that the service failed to answer. */
  readonly onFailure?: ((request: HttpRequest, error: unknown) => void) | undefined;
  /** Who is asked for the address of a client where that is not the one of the connection. */
  readonly addressOf?: ((incoming: IncomingMessage) => string) | undefined;
  readonly showUrl: ShowUrl;
  /** Sent with every answer, names and values in turn; the security headers unless set. */
  readonly answerHeaders?: readonly string[] | undefined;
}

/**
 * A request as handlers see it. A class, because its costly parts (span, logger, signal) are made only when a handler
 * asks for them: on a hot path that is a good part of the whole.
 */
export class HttpRequest implements RouteRequest<unknown, unknown, unknown> {
  readonly #host: RequestHost;
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  #span: ReturnType<typeof startSpan> | undefined;
  #tracer: Tracer | undefined;
  #log: Logger | undefined;
  #signal: AbortSignal | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly url: string;
  params: unknown = noValues;
  query: unknown = noValues;
  body: unknown = undefined;
  /** The JSON body as it came, before it was checked. */
  sentBody: unknown = undefined;
  rawBody: Buffer = noBytes;
  caller: Caller = anybody;
  /** Sent with the answer, whatever it is: names and values in turn. */
  answerHeaders: readonly string[];

  constructor(
    host: RequestHost,
    incoming: IncomingMessage,
    response: ServerResponse,
    readonly requestId: string,
  ) {
    this.#host = host;
    this.#incoming = incoming;
    this.#response = response;
    this.url = incoming.url ?? '/';
    this.answerHeaders = host.answerHeaders ?? securityHeaderList;
    // only `set-cookie`, which no request has, is a list
    this.headers = incoming.headers as Readonly<Record<string, string | undefined>>;
  }

  /** Whether the service stops, so that the connection is of no further use. */
  get isLast(): boolean {
    return this.#host.stopping.aborted;
  }

  /** Empty when the client has gone already. */
  get address(): string {
    const { addressOf } = this.#host;
    return addressOf ? addressOf(this.#incoming) : (this.#incoming.socket.remoteAddress ?? '');
  }

  /** Without what nobody must read elsewhere. */
  get shownUrl(): string {
    return this.#host.showUrl(this.url);
  }

  get scheme(): 'http' | 'https' {
    return this.#incoming.socket instanceof TLSSocket ? 'https' : 'http';
  }

  /** As they came, also those that are given more than once. */
  get rawHeaders(): readonly string[] {
    return this.#incoming.rawHeaders;
  }

  get method(): string {
    return this.#incoming.method ?? 'GET';
  }

  addAnswerHeaders(...headers: readonly string[]): void {
    this.answerHeaders = [...this.answerHeaders, ...headers];
  }

  get span(): { readonly traceId: string; readonly traceparent: string } {
    this.#span ??= startSpan(parseTraceParent(this.headers['traceparent']));
    return this.#span;
  }

  /** Lets everything of the request follow from `span`. */
  follow({ traceparent }: Span, tracer: Tracer): void {
    this.#span = { traceId: traceparent.slice(3, 35), traceparent };
    this.#tracer = tracer;
  }

  /** Of a part of the work; undefined when the request is not traced. */
  startSpan(name: string): Span | undefined {
    return this.#tracer?.startSpan(name, { parent: this.span.traceparent });
  }

  /** Says that the service failed to answer. */
  tellFailure(error: unknown): void {
    this.#host.onFailure?.(this, error);
  }

  countProblem(code: string): void {
    this.#host.httpMetrics?.countProblem(code);
  }

  get trace(): TraceContext {
    return { correlationid: this.requestId, traceparent: this.span.traceparent };
  }

  get log(): Logger {
    this.#log ??= this.#host.logger.child({ requestId: this.requestId, traceId: this.span.traceId });
    return this.#log;
  }

  get signal(): AbortSignal {
    this.#signal ??= abortedWhenGone(this.#response, this.#host.stopping);
    return this.#signal;
  }
}

const noValues = Object.freeze({});

function abortedWhenGone(response: ServerResponse, stopping: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  if (stopping.aborted || response.destroyed) abort();
  stopping.addEventListener('abort', abort, { once: true });
  response.once('close', () => {
    stopping.removeEventListener('abort', abort);
    if (!response.writableFinished) abort();
  });
  return controller.signal;
}
