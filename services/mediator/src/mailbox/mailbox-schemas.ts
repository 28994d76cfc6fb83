import { wholeNumber } from '@fanfare/service-kit';
import { z } from 'zod';
import { failureSchema } from '../failure';
import { colleagueParams } from '../mediators/colleague-schemas';
import { priorities } from '../messages/message';

const time = z.iso.datetime().nullable();
const day = 24 * 60 * 60 * 1000;

/** Ids of messages that were made of other ids are longer than names. */
export const mailParams = colleagueParams.extend({ message_id: z.string().min(1).max(255) });

export const visibilityMs = { min: 100, max: 3_600_000, default: 30_000 } as const;

export const takeQuery = z.strictObject({
  limit: wholeNumber({ min: 1, max: 100 }).prefault('10').meta({ default: 10 }),
  wait_ms: wholeNumber({ max: 60_000 }).prefault('0').meta({ default: 0 }),
  visibility_ms: wholeNumber(visibilityMs)
    .prefault(String(visibilityMs.default))
    .meta({ default: visibilityMs.default }),
});

export const nackBody = z
  .strictObject({ error: failureSchema.optional(), delay_ms: z.int().min(0).max(day).optional() })
  .prefault({});

/** What a handler says to a command or query: one of the two. */
export const replyBody = z.union([
  z.strictObject({ result: z.unknown().refine((result) => result !== undefined, 'is required') }),
  z.strictObject({ error: failureSchema }),
]);

/** A delivery as clients get it, see `Delivery`. */
const deliveryBody = z.object({
  id: z.string(),
  kind: z.enum(['message', 'event', 'command', 'query', 'notification']),
  type: z.string(),
  content: z.unknown().optional(),
  data: z.unknown().optional(),
  sender_id: z.string().nullable(),
  recipient_id: z.string(),
  timestamp: z.iso.datetime(),
  priority: z.enum(priorities),
  broadcast: z.boolean(),
  source: z.string().nullable(),
  correlation_id: z.string().nullable(),
  attempt: z.int(),
  expires_at: time,
  reply_expected: z.boolean(),
  deadline: time,
});

export const takenBody = z.object({ messages: z.array(deliveryBody) });
