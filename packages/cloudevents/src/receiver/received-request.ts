import type { ServerResponse } from 'node:http';
import type { DecodedHttp } from '../codecs/http';
import type { HandlerContext } from './handler';

/** A request whose events are being handled. A class, because its signal is made only when a handler asks for it. */
export class ReceivedRequest {
  #controller: AbortController | undefined;

  constructor(
    readonly headers: Readonly<Record<string, string>>,
    readonly mode: DecodedHttp['mode'],
    private readonly response: ServerResponse,
    /** Those of all requests, for the receiver to abort when it stops. */
    private readonly controllers: Set<AbortController>,
  ) {}

  /** Whether its sender no longer waits for an answer. */
  get isAbandoned(): boolean {
    return this.response.req.socket.destroyed;
  }

  get signal(): AbortSignal {
    this.#controller ??= this.createController();
    return this.#controller.signal;
  }

  private createController(): AbortController {
    const { response, controllers } = this;
    const controller = new AbortController();
    const end = () => {
      controllers.delete(controller);
      if (!response.writableFinished) controller.abort();
    };
    controllers.add(controller);
    if (this.isAbandoned) end();
    else response.once('close', end);
    return controller;
  }
}

/** What the handler of one event of a request is told. */
export class EventContext<Transaction> implements HandlerContext<Transaction> {
  constructor(
    private readonly request: ReceivedRequest,
    readonly traceparent: string | undefined,
    readonly transaction: Transaction,
  ) {}

  get mode(): DecodedHttp['mode'] {
    return this.request.mode;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.request.headers;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }
}
