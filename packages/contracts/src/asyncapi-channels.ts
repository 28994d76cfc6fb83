import { externalKeyOf, keyOf, merge } from './asyncapi-messages';
import type { EventDefinition } from './define-event';
import type { JsonObject } from './json-schema';
import { isSharedTopic, reportingServices, topicOfService, topics, type Topic } from './topics';

const amqpBindingVersion = '0.3.0';
const httpBindingVersion = '0.3.0';

/** Where the channels live on a machine that runs everything. */
export const servers = {
  rabbitmq: { host: 'localhost:5672', protocol: 'amqp' },
  eventStore: { host: 'localhost:8082', protocol: 'http' },
};

/** A topic is an exchange to publish to, and for each group the queues to receive from. */
export function topicChannels(topic: Topic, definitions: readonly EventDefinition[]): JsonObject {
  const { summary, producer } = topics[topic];
  const onTopic = definitions.filter((definition) => definition.topic === topic);
  const shared = {
    servers: [{ $ref: '#/servers/rabbitmq' }],
    messages: messageReferences(onTopic.map(keyOf)),
  };
  const address = addressOf(topic);
  return {
    [topic]: {
      address,
      summary,
      description: `Sent by ${producer}.`,
      ...shared,
      ...(isSharedTopic(topic) && { parameters: serviceParameter }),
      bindings: { amqp: exchangeBinding(topic) },
    },
    [queuesOf(topic)]: {
      address: queueAddressOf(topic),
      summary: `What one group gets of ${topic}.`,
      description: `Each group has a durable direct exchange ${address}.{group}, bound to the exchange ${address}, and for each partition a quorum queue with a single active consumer, bound by the number of the partition.`,
      ...shared,
      parameters: {
        ...(isSharedTopic(topic) && serviceParameter),
        group: { description: 'The consumers that share one copy of the events.' },
        partition: { description: 'Events with the same partition key lie in the same one.', default: '0' },
      },
      bindings: { amqp: queueBinding(topic) },
    },
  };
}

/** Who sends to a topic, and how its groups receive. */
export function topicOperations(topic: Topic): JsonObject {
  const suffix = topic.charAt(0).toUpperCase() + topic.slice(1);
  return {
    [`send${suffix}`]: {
      action: 'send',
      channel: { $ref: `#/channels/${topic}` },
      summary: `What ${topics[topic].producer} tells.`,
      bindings: { amqp: { deliveryMode: 2, mandatory: true, bindingVersion: amqpBindingVersion } },
    },
    [`receive${suffix}`]: {
      action: 'receive',
      channel: { $ref: `#/channels/${queuesOf(topic)}` },
      summary: 'What a group applies, in order per partition key.',
      bindings: { amqp: { ack: true, bindingVersion: amqpBindingVersion } },
    },
  };
}

/** Where other programs hand in their events. */
export function inboxChannel(external: readonly EventDefinition[]): JsonObject {
  return {
    eventStore: {
      address: '/api/v1/events',
      summary: 'Where other programs hand in events.',
      servers: [{ $ref: '#/servers/eventStore' }],
      messages: messageReferences(external.map(externalKeyOf)),
    },
  };
}

export const inboxOperation = {
  receiveFromOutside: {
    action: 'receive',
    channel: { $ref: '#/channels/eventStore' },
    summary: 'What the event store takes in.',
    bindings: { http: { method: 'POST', bindingVersion: httpBindingVersion } },
  },
};

function exchangeBinding(topic: Topic): JsonObject {
  return {
    is: 'routingKey',
    exchange: { name: addressOf(topic), type: 'fanout', durable: true, autoDelete: false, vhost: '/' },
    bindingVersion: amqpBindingVersion,
  };
}

function queueBinding(topic: Topic): JsonObject {
  return {
    is: 'queue',
    queue: { name: queueAddressOf(topic), durable: true, exclusive: false, autoDelete: false, vhost: '/' },
    bindingVersion: amqpBindingVersion,
  };
}

function queuesOf(topic: Topic): string {
  return `${topic}Queues`;
}

function queueAddressOf(topic: Topic): string {
  return `${addressOf(topic)}.{group}.{partition}`;
}

/** What several services write has an exchange for each of them. */
function addressOf(topic: Topic): string {
  return isSharedTopic(topic) ? topicOfService(topic, '{service}') : topic;
}

const serviceParameter = {
  service: { description: 'The service that writes it.', enum: [...reportingServices] },
};

function messageReferences(keys: readonly string[]): JsonObject {
  return merge(keys.map((key) => ({ [key]: { $ref: `#/components/messages/${key}` } })));
}
