import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { send, type Answer, type SendOptions } from './http';
import { eventStoreUrl } from './system';

/** All routes of the event store but those that every service has are under this address. */
export const api = `${eventStoreUrl}/api/v1`;

const recordSchema = z.strictObject({
  id: z.string(),
  position: z.int(),
  type: z.string(),
  event_version: z.int().nullable(),
  aggregate_id: z.string().nullable(),
  aggregate_type: z.string().nullable(),
  version: z.int().nullable(),
  source: z.string(),
  subject: z.string(),
  data: z.unknown(),
  data_base64: z.string().optional(),
  datacontenttype: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()),
  timestamp: z.iso.datetime(),
  recorded_at: z.iso.datetime(),
  correlation_id: z.string().nullable(),
  causation_id: z.string().nullable(),
  processed: z.boolean(),
  processed_at: z.iso.datetime().nullable(),
  replay: z.boolean().optional(),
  erased: z.literal(true).optional(),
});
export type EventRecord = z.infer<typeof recordSchema>;

const pageSchema = z.strictObject({ events: z.array(recordSchema), next_cursor: z.string().nullable() });

const postedSchema = z.strictObject({
  id: z.string(),
  position: z.int(),
  type: z.string(),
  results: z.unknown().optional(),
});
export type Posted = z.infer<typeof postedSchema>;

/** Asks the event store; throws unless it answers with `expected`. */
export async function ask(
  method: string,
  path: string,
  expected: number,
  options: Omit<SendOptions, 'method'> = {},
): Promise<Answer> {
  const answer = await send(`${api}${path}`, { ...options, method });
  if (answer.status !== expected) {
    throw new Error(`${method} ${path} answered ${answer.status}, not ${expected}: ${answer.text}`);
  }
  return answer;
}

export const get = async (path: string, expected = 200): Promise<unknown> =>
  (await ask('GET', path, expected)).body;

export const post = async (path: string, body: unknown, expected = 200): Promise<unknown> =>
  (await ask('POST', path, expected, { body })).body;

/** The event that the first guide gives as its example. */
export function paymentCreated(parts: Readonly<Record<string, unknown>> = {}) {
  const data = {
    payment_id: `payment-${randomUUID()}`,
    user_id: 'user456',
    amount: 99.99,
    currency: 'USD',
    status: 'pending',
    gateway: 'stripe',
  };
  return { type: 'payment.created', data, ...parts };
}

/** Posts an event that is new. */
export async function takeIn(event: object = paymentCreated()): Promise<Posted> {
  return postedSchema.parse(await post('/events', event, 202));
}

export async function readEvent(id: string): Promise<EventRecord> {
  return recordSchema.parse(await get(`/events/${id}`));
}

/** One page of a list of events. */
export async function readEvents(path: string): Promise<readonly EventRecord[]> {
  return pageSchema.parse(await get(path)).events;
}

/** Where the log ends now. */
export async function readHead(): Promise<number> {
  const [newest] = await readEvents('/events?order=desc&limit=1');
  return newest?.position ?? 0;
}
