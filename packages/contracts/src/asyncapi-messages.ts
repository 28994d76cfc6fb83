import { externalTitleOf, type EventDefinition } from './define-event';
import { toJsonSchema, type JsonObject } from './json-schema';

type Samples = ReadonlyMap<string, unknown>;

/** How messages travel on AMQP, whatever they say. */
export const deliveryTrait = {
  headers: {
    type: 'object',
    properties: {
      sequence: {
        type: 'integer',
        description: 'Place of the first event in the log of its topic and partition.',
      },
      count: { type: 'integer', description: 'How many events the message holds.' },
    },
  },
  description:
    'The events of one transaction and partition travel as one message: several of them as a list, with the content type application/cloudevents-batch+json.',
};

/** An event as Fanfare's own services send it. */
export function ownMessage(definition: EventDefinition, samples: Samples): JsonObject {
  const key = keyOf(definition);
  const message = describeMessage(definition, toJsonSchema(definition.schema), samples.get(key));
  return { [key]: { ...message, traits: [{ $ref: '#/components/messageTraits/delivery' }] } };
}

/** An event as other programs may hand it in. */
export function externalMessage(definition: EventDefinition, samples: Samples): JsonObject {
  const data = { $ref: `#/components/schemas/${externalTitleOf(definition) ?? ''}` };
  // the sample of an event that Fanfare sends shows Fanfare's own form
  const sample = definition.topic === undefined ? samples.get(keyOf(definition)) : undefined;
  return { [externalKeyOf(definition)]: describeMessage(definition, data, sample) };
}

/** The schema that all external messages of a family share, under its title. */
export function externalFormSchema(definition: EventDefinition): JsonObject {
  return { [externalTitleOf(definition) ?? '']: toJsonSchema(definition.external) };
}

/** The name of an event's message in the document: `order.created.v1`. */
export function keyOf({ name, version }: EventDefinition): string {
  return `${name}.v${version}`;
}

/** The name of the message of an event's external form. */
export function externalKeyOf(definition: EventDefinition): string {
  return `${keyOf(definition)}.external`;
}

/** One object of many; of equal keys the last one wins. */
export function merge(parts: readonly JsonObject[]): JsonObject {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
}

function describeMessage(
  { name, type, summary }: EventDefinition,
  data: JsonObject,
  sample: unknown,
): JsonObject {
  const particulars = { type: 'object', required: ['data'], properties: { type: { const: type }, data } };
  return {
    name: type,
    title: name,
    summary,
    contentType: 'application/cloudevents+json',
    payload: { allOf: [{ $ref: '#/components/schemas/CloudEvent' }, particulars] },
    ...(sample === undefined ? {} : { examples: [{ payload: sample }] }),
  };
}
