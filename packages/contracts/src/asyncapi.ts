import { inboxChannel, inboxOperation, servers, topicChannels, topicOperations } from './asyncapi-channels';
import { deliveryTrait, externalFormSchema, externalMessage, merge, ownMessage } from './asyncapi-messages';
import { externalTitleOf, type EventDefinition } from './define-event';
import { cloudEventSchema } from './envelope';
import { toJsonSchema, type JsonObject } from './json-schema';
import { topicNames } from './topics';

/** What the document is made of. */
export interface AsyncApiSources {
  readonly definitions: readonly EventDefinition[];
  /** An example by `<name>.v<version>`. */
  readonly samples: ReadonlyMap<string, unknown>;
}

/** The AsyncAPI 3.0 document of the catalogue: channels, operations, messages and their JSON schemas. */
export function describeAsAsyncApi({ definitions, samples }: AsyncApiSources): JsonObject {
  const own = definitions.filter(({ topic }) => topic !== undefined);
  const external = definitions.filter((definition) => externalTitleOf(definition) !== undefined);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Fanfare events',
      version: '1.0.0',
      description:
        'What the services of Fanfare tell each other, as CloudEvents 1.0. Generated from the catalogue.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/cloudevents+json',
    servers,
    channels: {
      ...merge(topicNames.map((topic) => topicChannels(topic, own))),
      ...inboxChannel(external),
    },
    operations: { ...merge(topicNames.map(topicOperations)), ...inboxOperation },
    components: {
      messages: {
        ...merge(own.map((definition) => ownMessage(definition, samples))),
        ...merge(external.map((definition) => externalMessage(definition, samples))),
      },
      messageTraits: { delivery: deliveryTrait },
      schemas: { CloudEvent: toJsonSchema(cloudEventSchema), ...merge(external.map(externalFormSchema)) },
    },
  };
}
