import { z } from 'zod';
import type { CloudEvent, TraceContext } from './envelope';

const typePrefix = 'com.fanfare.';

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
  /** Strict: for producers, and for the documents that are generated. */
  readonly schema: z.ZodType<Data>;
  /** Makes the event. Throws a `ZodError` when the data breaks the producer's schema: a bug of the producer. */
  create(event: NewEvent<Data>): CloudEvent<Data>;
  /** Checks the data of a received event: unknown fields are let through. Throws a `ZodError`. */
  parseData(data: unknown): Data;
  /** Whether an event is of this type; narrows its data, which was checked when the event was decoded. */
  is(event: CloudEvent): event is CloudEvent<Data>;
}

export interface EventDeclaration<Name extends string, Shape extends z.ZodRawShape> {
  readonly name: Name;
  readonly version?: number;
  readonly summary: string;
  readonly data: Shape;
}

/** The full CloudEvents type of a name: `order.created` → `com.fanfare.order.created.v1`. */
export function toEventType(name: string, version = 1): string {
  return `${typePrefix}${name}.v${version}`;
}

/** Defines one event version; one shape yields the strict view of the producer and the tolerant one of consumers. */
export function defineEvent<const Name extends string, Shape extends z.ZodRawShape>({
  name,
  version = 1,
  summary,
  data,
}: EventDeclaration<Name, Shape>): EventDefinition<Name, z.infer<z.ZodObject<Shape>>> {
  type Data = z.infer<z.ZodObject<Shape>>;
  const type = toEventType(name, version);
  const strict = z.strictObject(data) as unknown as z.ZodType<Data>;
  const tolerant = z.looseObject(data) as unknown as z.ZodType<Data>;
  return {
    name,
    version,
    type,
    summary,
    schema: strict,
    create: ({ data: content, time, ...attributes }) => ({
      specversion: '1.0',
      type,
      ...attributes,
      time: time.toISOString(),
      datacontenttype: 'application/json',
      partitionkey: attributes.subject,
      data: strict.parse(content),
    }),
    parseData: (content) => tolerant.parse(content),
    is: (event): event is CloudEvent<Data> => event.type === type,
  };
}
