import { once, EventEmitter } from 'node:events';
import { AppError, computeBackoffDelayMs, toError } from '@fanfare/core';
import type { ChannelModel } from 'amqplib';
import type { MessageBusObserver } from '../../bus/message-bus-observer';
import { closeChannel, openChannel } from './channel';
import { closeConnection, openConnection, type OpenConnectionOptions } from './open-connection';

/** A connection to RabbitMQ that comes back by itself. */
export interface AmqpConnection {
  /**
   * Waits for the open connection, also while the broker blocks publishers (it is short of memory or disk).
   * Throws `unavailable` when `signal` aborts or the connection is closed for good.
   */
  opened(signal: AbortSignal): Promise<ChannelModel>;
  /** A round trip to the broker. Throws `unavailable`, at once when the broker is known to be away. */
  check(signal: AbortSignal): Promise<void>;
  /** Closes for good. */
  close(): Promise<void>;
}

export interface AmqpConnectionOptions extends OpenConnectionOptions {
  readonly observer: MessageBusObserver;
}

/** What is known of the connection now. */
interface State {
  readonly open?: ChannelModel;
  readonly isBlocked?: boolean;
  /** Why the last attempt or the last connection ended. */
  readonly error?: Error;
}

/** A connection that lived this long was a good one: the next failure counts as the first. */
const goodAfterMs = 10_000;
const reconnectBackoff = { firstMs: 100, maxMs: 5_000 };

/** Connects in the background, and again whenever the connection is lost, until it is closed. */
export function keepConnected(options: AmqpConnectionOptions): AmqpConnection {
  const { name, clock, observer } = options;
  const stop = new AbortController();
  const isStopped = () => stop.signal.aborted;
  const changes = new EventEmitter().setMaxListeners(0);
  let state: State = {};
  let checking: Promise<void> | undefined;

  function change(next: State): void {
    state = next;
    changes.emit('change');
  }

  async function holdConnection(): Promise<Error> {
    const { model, lost } = await openConnection(options);
    model.on('blocked', () => {
      change({ open: model, isBlocked: true });
    });
    model.on('unblocked', () => {
      change({ open: model });
    });
    if (isStopped()) void closeConnection(model, clock);
    else change({ open: model });
    return lost;
  }

  async function run(): Promise<void> {
    for (let failures = 1; !isStopped(); failures += 1) {
      const startedMs = clock.elapsedMs();
      const error = await holdConnection().catch(toError);
      change({ error });
      if (isStopped()) return;
      if (clock.elapsedMs() - startedMs > goodAfterMs) failures = 1;
      const delayMs = computeBackoffDelayMs(failures, reconnectBackoff);
      observer.waiting(`RabbitMQ connection ${name}`, error, delayMs);
      await clock.sleep(delayMs, stop.signal);
    }
  }

  async function opened(signal: AbortSignal): Promise<ChannelModel> {
    for (;;) {
      if (isStopped()) throw new AppError('unavailable', 'the message bus is closed');
      if (state.open && !state.isBlocked) return state.open;
      if (signal.aborted) throw notUsable(state);
      await once(changes, 'change', { signal }).catch(() => undefined);
    }
  }

  async function roundTrip(signal: AbortSignal): Promise<void> {
    const isFirstAttemptUnderWay = !state.open && !state.error;
    if (isFirstAttemptUnderWay) await once(changes, 'change', { signal });
    if (!state.open || state.isBlocked) throw notUsable(state);
    await closeChannel(await openChannel(state.open), clock);
  }

  const running = run();

  return {
    opened,
    async check(signal) {
      // shared, so that a broker that hangs does not collect a channel from each check
      checking ??= roundTrip(signal).finally(() => {
        checking = undefined;
      });
      await checking;
    },
    async close() {
      stop.abort();
      changes.emit('change');
      if (state.open) await closeConnection(state.open, clock);
      await running;
    },
  };
}

function notUsable({ isBlocked, error }: State): AppError {
  return isBlocked
    ? new AppError('unavailable', 'RabbitMQ takes no messages now: it is short of memory or disk')
    : new AppError('unavailable', 'RabbitMQ is away', { cause: error });
}
