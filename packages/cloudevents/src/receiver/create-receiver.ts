import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, createMutex, createSystemClock, toError } from '@fanfare/core';
import { compileFilter } from '../filters/compile-filter';
import { createAnswerEvents } from './answer-events';
import { createHandleEvent } from './handle-event';
import type { Handler } from './handler';
import type { Inbox } from './inbox';
import { defaultLimits, type ReceiverOptions } from './receiver-options';
import { listen, type ListenOptions, type RunningServer, type ServerAddress } from './server';
import { createServeRequest } from './serve-request';
import { createWorkQueue } from './work-queue';

export interface StartOptions<Transaction = undefined> extends ListenOptions {
  /** Takes the place of the handler so far. */
  readonly handler?: Handler<Transaction>;
}

export interface StopOptions {
  /** Handlers that take longer have their signal aborted and are no longer waited for. */
  readonly graceMs?: number;
}

/** Receives events over HTTP, mounted in a server or as one of its own. */
export interface Receiver<Transaction = undefined> {
  /** For `app.use('/events', receiver.middleware)` of Express, or as the listener of a `node:http` server. */
  readonly middleware: (request: IncomingMessage, response: ServerResponse) => void;
  /** Resolves when it listens. Throws `conflict` while it runs, and node's own error when the address cannot be had. */
  start(options: StartOptions<Transaction>): Promise<ServerAddress>;
  /** Takes no new connections, waits for what runs, and then can be started again. Idempotent. */
  stop(options?: StopOptions): Promise<void>;
}

/** Makes a receiver. Nothing listens yet. */
export function createReceiver(handler: Handler, options?: ReceiverOptions): Receiver;
export function createReceiver<Transaction>(
  handler: Handler<Transaction>,
  options: ReceiverOptions<Transaction> & { readonly inbox: Inbox<Transaction> },
): Receiver<Transaction>;
export function createReceiver<Transaction>(
  firstHandler: Handler<Transaction>,
  options: ReceiverOptions<Transaction> = {},
): Receiver<Transaction> {
  const { clock = createSystemClock(), concurrency = 64, maxQueued = 1_000 } = options;
  const report = createReport(options.onError);
  const limits = { ...defaultLimits, ...options.limits };
  const passes = options.filter && compileFilter(options.filter);
  const queue = createWorkQueue({ concurrency, maxQueued });
  const controllers = new Set<AbortController>();
  const lifecycle = createMutex();
  let handler = firstHandler;
  let server: RunningServer | undefined;
  let isStopping = false;

  const shared = { ...options, passes, queue, limits, controllers, report, clock };
  const handleEvent = createHandleEvent({ ...shared, handler: () => handler });
  const answerEvents = createAnswerEvents({ ...shared, handleEvent });
  const middleware = createServeRequest({ ...shared, answerEvents, isStopping: () => isStopping });

  async function stopNow({ graceMs = 30_000 }: StopOptions): Promise<void> {
    isStopping = true;
    const waited = new AbortController();
    await Promise.race([endWork(), clock.sleep(graceMs, waited.signal)]);
    waited.abort();
    server?.cut();
    for (const controller of controllers) controller.abort();
    server = undefined;
    isStopping = false;
  }

  // a sender that goes away ends its connection, not the handler of its event
  async function endWork(): Promise<void> {
    await server?.close();
    await queue.whenIdle();
  }

  return {
    middleware,
    start: ({ handler: nextHandler = handler, ...address }) =>
      lifecycle.run(async () => {
        if (server) throw new AppError('conflict', 'the receiver is running: it must be stopped first');
        handler = nextHandler;
        server = await listen(middleware, address, limits);
        return server.address;
      }),
    stop: (stopOptions = {}) => lifecycle.run(() => stopNow(stopOptions)),
  };
}

/** Tells of errors, and never fails itself. */
function createReport(onError: ReceiverOptions['onError'] = warn): typeof onError {
  return (error, event) => {
    try {
      onError(error, event);
    } catch (failure) {
      warn(failure);
    }
  };
}

function warn(error: unknown): void {
  const { stack, message } = toError(error);
  process.emitWarning(stack ?? message);
}
