import { AppError, type Clock } from '@fanfare/core';
import type { MessageBus } from '../bus/message-bus';
import { silentBusObserver, type MessageBusObserver } from '../bus/message-bus-observer';
import { openKafkaBus } from './kafka/open';
import type { LocalHub } from './local-hub';
import { openMemoryBus } from './memory/open';
import { openRabbitMqBus } from './rabbitmq/open';

export interface OpenMessageBusOptions {
  /** Where `memory:` buses meet. */
  readonly hub: LocalHub;
  readonly clock: Clock;
  readonly observer?: MessageBusObserver;
  /** How the broker's own tools call the connections; normally the service's name. */
  readonly name?: string;
}

type Open = (url: string, options: Required<OpenMessageBusOptions>) => MessageBus;

const openMemory: Open = (_, { hub, observer }) => openMemoryBus({ broker: hub.broker, observer });

const adapters: Readonly<Record<string, Open>> = {
  'amqp:': openRabbitMqBus,
  'amqps:': openRabbitMqBus,
  'kafka:': openKafkaBus,
  'kafka+ssl:': openKafkaBus,
  'memory:': openMemory,
};

/**
 * Opens the bus that `url` names: `amqp://user:password@host:5672` (or `amqps:`), `kafka://host:9092` (or `kafka+ssl:`, or several
 * brokers, with commas between them) or `memory:`. Does not wait for the broker and does not fail when it is away; a broker's
 * client library is loaded when it is first needed. Throws `invalid` for a URL that names no known bus.
 */
export async function openMessageBus(
  url: string,
  { hub, clock, observer = silentBusObserver, name = 'fanfare' }: OpenMessageBusOptions,
): Promise<MessageBus> {
  const open = adapters[schemeOf(url)];
  if (!open) {
    const accepted = Object.keys(adapters).join(', ');
    throw new AppError('invalid', `the message bus URL must begin with one of ${accepted}`);
  }
  return open(url, { hub, clock, observer, name });
}

function schemeOf(url: string): string {
  return /^[a-z+]+:/.exec(url)?.[0] ?? '';
}
