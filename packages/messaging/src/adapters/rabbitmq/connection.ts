import { once, EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { AppError, computeBackoffDelayMs, toError, type Clock } from '@fanfare/core';
import type { ChannelModel } from 'amqplib';
import type { MessageBusObserver } from '../../message-bus-observer';
import { closeChannel, openChannel } from './channel';
import { within } from './within';

/** A connection to RabbitMQ that comes back by itself. */
export interface AmqpConnection {
  /**
   * Waits for the open connection, also while the broker blocks publishers (it is short of memory or disk).
   * Throws `unavailable` when `signal` aborts or the connection is closed for good.
   */
  opened(signal: AbortSignal): Promise<ChannelModel>;
  /** A round trip to the broker. Throws `unavailable`, at once when the broker is known to be away. */
  check(signal: AbortSignal): Promise<void>;
  /** Closes for good. Idempotent. */
  close(): Promise<void>;
}

export interface AmqpConnectionOptions {
  readonly url: string;
  /** Shown in the broker's list of connections and in what the observer is told. */
  readonly name: string;
  readonly clock: Clock;
  readonly observer: MessageBusObserver;
}

const connectTimeoutMs = 4_000;
/** Both sides give a silent connection up after two to three of these. */
const heartbeatSeconds = 5;
/** A connection that lived this long was a good one: the next failure counts as the first. */
const goodAfterMs = 10_000;
const closeTimeoutMs = 2_000;
const reconnectBackoff = { firstMs: 100, maxMs: 5_000 };

/** Connects in the background, and again whenever the connection is lost, until it is closed. */
export function keepConnected({ url, name, clock, observer }: AmqpConnectionOptions): AmqpConnection {
  const stop = new AbortController();
  const isStopped = () => stop.signal.aborted;
  const changes = new EventEmitter().setMaxListeners(0);
  let open: ChannelModel | undefined;
  let isBlocked = false;
  let lastError: Error | undefined;
  let checking: Promise<void> | undefined;

  function change(next: {
    readonly open: ChannelModel | undefined;
    readonly isBlocked: boolean;
    readonly error?: Error;
  }): void {
    ({ open, isBlocked, error: lastError } = next);
    changes.emit('change');
  }

  /** Resolves, with the reason, when the connection is lost. */
  async function holdConnection(): Promise<Error> {
    const { connect } = await import('amqplib'); // on first use: who has no RabbitMQ needs no client for it
    const model = await connect(withHeartbeat(url), {
      timeout: connectTimeoutMs,
      noDelay: true,
      keepAlive: true,
      clientProperties: { connection_name: name },
    });
    const lost = new Promise<Error>((resolve) => {
      model.on('error', resolve);
      model.on('close', (error) => {
        resolve(error ?? new Error('the connection was closed'));
      });
    });
    model.on('blocked', () => {
      change({ open: model, isBlocked: true });
    });
    model.on('unblocked', () => {
      change({ open: model, isBlocked: false });
    });
    if (isStopped()) void closeConnection(model, clock);
    else change({ open: model, isBlocked: false });
    const error = await lost;
    releaseSocket(model, clock);
    return error;
  }

  async function run(): Promise<void> {
    for (let failures = 1; !isStopped(); failures += 1) {
      const startedMs = clock.elapsedMs();
      const error = await holdConnection().catch(toError);
      change({ open: undefined, isBlocked: false, error });
      if (isStopped()) return;
      if (clock.elapsedMs() - startedMs > goodAfterMs) failures = 1;
      const delayMs = computeBackoffDelayMs(failures, reconnectBackoff);
      observer.waiting(`RabbitMQ connection ${name}`, error, delayMs);
      await clock.sleep(delayMs, stop.signal);
    }
  }

  async function opened(signal: AbortSignal): Promise<ChannelModel> {
    while (!open || isBlocked) {
      if (isStopped()) throw new AppError('unavailable', 'the message bus is closed');
      if (signal.aborted) throw away();
      await once(changes, 'change', { signal }).catch(() => undefined);
    }
    return open;
  }

  function away(): AppError {
    const reason = isBlocked
      ? 'RabbitMQ accepts no messages now: it is short of memory or disk'
      : 'RabbitMQ is away';
    return new AppError('unavailable', reason, { cause: lastError });
  }

  async function roundTrip(signal: AbortSignal): Promise<void> {
    await closeChannel(await openChannel(await opened(signal)), clock);
  }

  const running = run();

  return {
    opened,
    async check(signal) {
      if (lastError !== undefined || isBlocked) throw away();
      // shared, so that a broker that hangs does not collect a channel from each check
      checking ??= roundTrip(signal).finally(() => {
        checking = undefined;
      });
      await checking;
    },
    async close() {
      stop.abort();
      changes.emit('change');
      if (open) await closeConnection(open, clock);
      await running;
    },
  };
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(heartbeatSeconds));
  return parsed.toString();
}

/** Says goodbye, but does not wait long for an answer. */
async function closeConnection(model: ChannelModel, clock: Clock): Promise<void> {
  await within({ clock, ms: closeTimeoutMs, what: 'closing a connection' }, () => model.close()).catch(
    () => undefined,
  );
  socketOf(model).destroy(new Error('the connection was closed'));
}

/** amqplib only half closes a connection that fell silent; without this its socket would stay until TCP gives up. */
function releaseSocket(model: ChannelModel, clock: Clock): void {
  clock.setTimer(closeTimeoutMs, () => socketOf(model).destroy());
}

function socketOf(model: ChannelModel): Duplex {
  return (model.connection as unknown as { readonly stream: Duplex }).stream;
}
