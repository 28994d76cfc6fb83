import { z } from 'zod';
import type { CloudEvent, TraceContext } from './envelope';
import { createFastCheck } from './fast-check';
import type { Topic } from './topics';

const typePrefix = 'com.fanfare.';
const dataSchemaPrefix = 'urn:fanfare:schema:';

/** What a producer says about a new event; the rest of the envelope follows from its definition. */
export type NewEvent<Data> = TraceContext & {
  readonly id: string;
  readonly source: string;
  readonly subject: string;
  readonly time: Date;
  readonly data: Data;
};

/** One version of one event: what its producer must send and what its consumers may rely on. */
export interface EventDefinition<Name extends string = string, Data = unknown> {
  /** What people type: `order.created`. */
  readonly name: Name;
  readonly version: number;
  /** What is on the wire: `com.fanfare.order.created.v1`. */
  readonly type: string;
  readonly summary: string;
  /** The topic on which a service of Fanfare sends it; undefined when only other programs do, through the event store. */
  readonly topic?: Topic | undefined;
  /** Strict: for producers, and for the documents that are generated. */
  readonly schema: z.ZodType<Data>;
  /**
   * How the event may look when another program hands it to the event store. Looser than what consumers of a topic get,
   * which is always Fanfare's own shape; only who takes in foreign events looks at it.
   */
  readonly external: z.ZodType;
  /** Makes the event. Throws a `ZodError` when the data breaks the producer's schema: a bug of the producer. */
  create(event: NewEvent<Data>): CloudEvent<Data>;
  /** Checks the data of a received event: unknown fields are let through. Throws a `ZodError`. */
  parseData(data: unknown): Data;
  /** Whether an event is of this type; narrows its data, which was checked when the event was decoded. */
  is(event: CloudEvent): event is CloudEvent<Data>;
}

interface Declaration<Name extends string> {
  readonly name: Name;
  readonly version?: number;
  readonly summary: string;
}

export interface EventDeclaration<
  Name extends string,
  Shape extends z.ZodRawShape,
> extends Declaration<Name> {
  readonly topic: Topic;
  readonly data: Shape;
  /**
   * Picks the `partitionkey`: events of one key stay in order, and wait for each other where one cannot be applied. Default:
   * the subject.
   */
  readonly keyOf?: (data: z.infer<z.ZodObject<Shape>>) => string;
  /** Where other programs have a form of their own for this event. Default: the tolerant view of `data`. */
  readonly external?: z.ZodType;
}

export interface ExternalEventDeclaration<Name extends string, Data> extends Declaration<Name> {
  /** See `externalForm`. */
  readonly data: z.ZodType<Data>;
}

/** The full CloudEvents type of a name: `order.created` → `com.fanfare.order.created.v1`. */
export function toEventType(name: string, version = 1): string {
  return `${typePrefix}${name}.v${version}`;
}

/**
 * The `dataschema` of events of a type. It names the schema and no place, since events outlive addresses: whoever has an
 * event store asks there (`GET /api/v1/schemas/{dataschema}`).
 */
export function toDataSchema(type: string): string {
  return dataSchemaPrefix + type;
}

/** The type that a `dataschema` of ours is about; anything else comes back as it is. */
export function typeOfDataSchema(text: string): string {
  return text.startsWith(dataSchemaPrefix) ? text.slice(dataSchemaPrefix.length) : text;
}

/** The title of the form in which other programs send the event; undefined when they have none of their own. */
export function externalTitleOf({ external }: EventDefinition): string | undefined {
  return external.meta()?.title;
}

/**
 * Defines one version of an event that Fanfare's own services send; one shape yields the strict view of the producer
 * and the tolerant one of consumers.
 */
export function defineEvent<const Name extends string, Shape extends z.ZodRawShape>(
  declaration: EventDeclaration<Name, Shape>,
): EventDefinition<Name, z.infer<z.ZodObject<Shape>>> {
  type Data = z.infer<z.ZodObject<Shape>>;
  const strict: z.ZodType<Data> = z.strictObject(declaration.data);
  const tolerant: z.ZodType<Data> = z.looseObject(declaration.data);
  return assemble(declaration, {
    topic: declaration.topic,
    schema: strict,
    tolerant,
    external: declaration.external ?? tolerant,
    keyOf: declaration.keyOf,
  });
}

/** Defines one version of an event that Fanfare knows and folds but never sends. */
export function defineExternalEvent<const Name extends string, Data>(
  declaration: ExternalEventDeclaration<Name, Data>,
): EventDefinition<Name, Data> {
  const { data } = declaration;
  return assemble(declaration, { schema: data, tolerant: data, external: data });
}

interface Views<Data> {
  readonly topic?: Topic;
  readonly schema: z.ZodType<Data>;
  readonly tolerant: z.ZodType<Data>;
  readonly external: z.ZodType;
  readonly keyOf?: ((data: Data) => string) | undefined;
}

function assemble<Name extends string, Data>(
  { name, version = 1, summary }: Declaration<Name>,
  { topic, schema, tolerant, external, keyOf }: Views<Data>,
): EventDefinition<Name, Data> {
  const type = toEventType(name, version);
  const isPlain = createFastCheck(tolerant);
  // events of version 1 never had any, and there is nothing to tell them from
  const revised = version > 1 ? { dataschema: toDataSchema(type) } : {};
  return {
    name,
    version,
    type,
    summary,
    topic,
    schema,
    external,
    create: ({ data, time, ...attributes }) => ({
      specversion: '1.0',
      type,
      ...attributes,
      time: time.toISOString(),
      datacontenttype: 'application/json',
      ...revised,
      partitionkey: keyOf?.(data) ?? attributes.subject,
      data: schema.parse(data),
    }),
    parseData: (data) => (isPlain(data) ? data : tolerant.parse(data)),
    is: (event): event is CloudEvent<Data> => event.type === type,
  };
}
