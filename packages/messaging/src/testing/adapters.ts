import { createSystemClock } from '@fanfare/core';
import type { Adapter } from '@fanfare/storage/testing';
import { createLocalHub } from '../adapters/local-hub';
import { openMessageBus } from '../adapters/open-message-bus';
import { kafkaMembersJoined, removeKafkaTopic } from './kafka-broker';
import type { MessageBusUnderTest } from './message-bus-under-test';
import { rabbitMqMembersJoined, removeRabbitMqTopic } from './rabbitmq-broker';

/** Every message bus: the embedded one first; the real ones where a `TEST_…_URL` names a server. */
export function messageBusAdapters(): readonly Adapter<MessageBusUnderTest>[] {
  const rabbitMqUrl = process.env['TEST_RABBITMQ_URL'];
  const kafkaUrl = process.env['TEST_KAFKA_URL'];
  return [
    { name: 'memory', underTest: memoryBus() },
    {
      name: 'RabbitMQ',
      underTest: rabbitMqUrl ? rabbitMqBus(rabbitMqUrl) : { missing: 'TEST_RABBITMQ_URL is not set' },
    },
    {
      name: 'Kafka',
      underTest: kafkaUrl ? kafkaBus(kafkaUrl) : { missing: 'TEST_KAFKA_URL is not set' },
    },
  ];
}

function memoryBus(): MessageBusUnderTest {
  const clock = createSystemClock();
  let hub = createLocalHub({ clock });
  return {
    capabilities: {
      durable: { missing: 'what memory holds ends with the process; groups catch up from the feed' },
      unrouted: true,
    },
    open: (observer) => openMessageBus('memory:', { hub, clock, ...(observer && { observer }) }),
    reopen() {
      hub = createLocalHub({ clock });
      return openMessageBus('memory:', { hub, clock });
    },
    membersJoined: () => Promise.resolve(),
    removeTopic: () => Promise.resolve(),
  };
}

function rabbitMqBus(url: string): MessageBusUnderTest {
  const clock = createSystemClock();
  const hub = createLocalHub({ clock });
  return {
    capabilities: { durable: true, unrouted: true },
    open: (observer) => openMessageBus(url, { hub, clock, ...(observer && { observer }) }),
    reopen: () => openMessageBus(url, { hub, clock }),
    membersJoined: (expected) => rabbitMqMembersJoined(url, expected),
    removeTopic: (topic, groups, partitions) => removeRabbitMqTopic(url, topic, groups, partitions),
  };
}

function kafkaBus(url: string): MessageBusUnderTest {
  const clock = createSystemClock();
  const hub = createLocalHub({ clock });
  return {
    capabilities: {
      durable: true,
      unrouted: { missing: 'Kafka keeps messages for the groups that will come' },
    },
    open: (observer) => openMessageBus(url, { hub, clock, ...(observer && { observer }) }),
    reopen: () => openMessageBus(url, { hub, clock }),
    membersJoined: (expected) => kafkaMembersJoined(url, expected),
    removeTopic: (topic, groups) => removeKafkaTopic(url, topic, groups),
  };
}
