import { cloudEventSchema, eventNameOf, findEventDefinition, type CloudEvent } from '@fanfare/contracts';
import { z } from 'zod';
import { read } from './http';
import { orderUrl } from './system';

const ledgerSchema = z.strictObject({
  service: z.string(),
  balanced: z.boolean(),
  topics: z.array(
    z.strictObject({ topic: z.string(), partition: z.int(), accepted: z.int(), published: z.int() }),
  ),
  groups: z.array(
    z.strictObject({
      group: z.string(),
      topic: z.string(),
      partition: z.int(),
      head: z.int().nullable(),
      applied: z.int(),
      parked: z.int(),
      dead_letters: z.int(),
      in_flight: z.int(),
      gaps_filled: z.int(),
      missing: z.array(z.int()),
    }),
  ),
});
export type Ledger = z.infer<typeof ledgerSchema>;

export function readLedger(url: string): Promise<Ledger> {
  return read(`${url}/ledger`, ledgerSchema);
}

const pageSchema = z.strictObject({
  topic: z.string(),
  partition: z.int(),
  partitions: z.int(),
  first_sequence: z.int(),
  next_sequence: z.int(),
  head: z.int(),
  events: z.array(z.unknown()),
});

/** What was told on a topic since some moment. */
export interface TopicSince {
  /** Every event since then, in order within its partition; each is checked against the catalogue. */
  events(): Promise<CloudEvent[]>;
  /** Those about one aggregate, by their names. */
  namesOf(subject: string): Promise<string[]>;
  /** Those about one aggregate. */
  eventsOf(subject: string): Promise<CloudEvent[]>;
}

/** Remembers where a topic ends now, so that a test need not read what is from before it. */
export async function watchTopic(topic = 'orders', ownerUrl = orderUrl): Promise<TopicSince> {
  const { topics } = await readLedger(ownerUrl);
  const starts = topics.filter((position) => position.topic === topic);
  if (starts.length === 0) throw new Error(`${ownerUrl} has no topic ${topic}`);

  async function events(): Promise<CloudEvent[]> {
    const found = starts.map(({ partition, accepted }) =>
      readPartition(`${ownerUrl}/topics/${topic}/${partition}`, accepted + 1),
    );
    return (await Promise.all(found)).flat();
  }
  const eventsOf = async (subject: string) => (await events()).filter((event) => event.subject === subject);
  return {
    events,
    eventsOf,
    namesOf: async (subject) => (await eventsOf(subject)).map(({ type }) => eventNameOf(type)),
  };
}

async function readPartition(url: string, from: number): Promise<CloudEvent[]> {
  const events: CloudEvent[] = [];
  let next = from;
  for (;;) {
    const page = await read(`${url}?from=${next}&limit=1000`, pageSchema);
    events.push(...page.events.map(parseEvent));
    if (page.events.length === 0) return events;
    next = page.next_sequence;
  }
}

function parseEvent(json: unknown): CloudEvent {
  const event = cloudEventSchema.parse(json);
  const definition = findEventDefinition(event.type);
  if (!definition) throw new Error(`the catalogue does not know ${event.type}`);
  definition.schema.parse(event.data);
  return event;
}
