import { createSystemClock } from '@fanfare/core';
import { describeEncryptedConnections } from '@fanfare/storage/testing';
import type { MessageBus } from '../bus/message-bus';
import { createLocalHub } from './local-hub';
import { openMessageBus } from './open-message-bus';

async function open(url: string): Promise<MessageBus> {
  const clock = createSystemClock();
  return openMessageBus(url, { hub: createLocalHub({ clock }), clock });
}

describeEncryptedConnections([
  {
    name: 'RabbitMQ, with amqps:',
    url: (port, query) => `amqps://u:p@localhost:${port}/?${query}`,
    open,
  },
  {
    name: 'RabbitMQ, with tls=true',
    url: (port, query) => `amqp://u:p@localhost:${port}/?tls=true&${query}`,
    open,
  },
  {
    name: 'Kafka, with kafka+ssl:',
    url: (port, query) => `kafka+ssl://localhost:${port}?${query}`,
    open,
  },
  {
    name: 'Kafka, with tls=true',
    url: (port, query) => `kafka://localhost:${port}?tls=true&${query}`,
    open,
  },
]);
