import { externalTimestamp } from '@fanfare/contracts';
import { numberKey, pageQuery } from '@fanfare/service-kit';
import { z } from 'zod';
import { shownFailure } from '../failure';
import { mediatorKinds } from '../mediators/mediator';
import { ignoring, nameSchema } from '../names';
import { retryPolicySchema } from '../retry-policy';
import { messageStatuses, priorities, receiptStatuses } from './message';

const dayMs = 86_400_000;
const longestTtlMs = 365 * dayMs;

/** A text that only its sender understands. */
export const opaqueText = z.string().min(1).max(255);

const answerFields = [
  'kind',
  'timestamp',
  'broadcast',
  'expires_at',
  'status',
  'result',
  'error',
  'receipts',
];

/** The bodies of the two calls that send; `maxAttempts` is RETRY_COUNT. */
export function sendBodies(maxAttempts: number) {
  const broadcast = z.strictObject({
    id: nameSchema.optional(),
    sender_id: nameSchema,
    message: z
      .unknown()
      .refine((message) => message !== undefined, 'is required')
      .meta({ description: 'Any JSON; of events, commands and queries `{id?, type, data?, source?}`' }),
    type: nameSchema.optional(),
    priority: z.enum(priorities).default('normal'),
    ttl_ms: z
      .int()
      .min(1)
      .max(longestTtlMs)
      .optional()
      .meta({ description: 'Not handed out after so long; counts from `deliver_at` where that is later' }),
    deliver_at: externalTimestamp.optional(),
    correlation_id: opaqueText.optional(),
    retry: retryPolicySchema(maxAttempts).prefault({}),
    timeout_ms: z.int().min(1).max(dayMs).optional().meta({
      description: 'Of commands and queries: an answer counts until then. MESSAGE_TIMEOUT unless given',
    }),
    wait_ms: z
      .int()
      .min(0)
      .max(60_000)
      .optional()
      .meta({ description: 'Of commands and queries: how long the call is held open' }),
    cache_ttl_ms: z
      .int()
      .min(0)
      .max(longestTtlMs)
      .optional()
      .meta({ description: 'Of queries: a good answer that is not older will do' }),
  });
  const send = broadcast.extend({ recipient_id: nameSchema.optional() });
  return { send: ignoring(answerFields, send), broadcast: ignoring(answerFields, broadcast) };
}

export type SendBodies = ReturnType<typeof sendBodies>;

/** What is sent, as far as one schema can tell. */
export type SendBody = z.infer<SendBodies['send']>;

export const shownReceipt = z.object({
  recipient_id: z.string(),
  status: z.enum(receiptStatuses),
  attempts: z.int(),
  delivered_at: z.iso.datetime().nullable(),
  acked_at: z.iso.datetime().nullable(),
  error: shownFailure.nullable(),
});

/** A message as answers show it. */
export const shownMessage = z.object({
  id: z.string(),
  kind: z.enum(mediatorKinds),
  type: z.string(),
  content: z.unknown().optional().meta({ description: 'The body of a plain message' }),
  data: z.unknown().optional().meta({ description: 'The body of all other kinds' }),
  sender_id: z.string().nullable(),
  recipient_id: z.string().nullable().meta({ description: 'Null in a broadcast' }),
  timestamp: z.iso.datetime(),
  priority: z.enum(priorities),
  broadcast: z.boolean(),
  source: z.string().nullable(),
  correlation_id: z.string().nullable(),
  deliver_at: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime().nullable(),
  status: z.enum(messageStatuses),
  result: z.unknown(),
  error: shownFailure.nullable(),
  receipts: z.array(shownReceipt),
});

export type ShownMessage = z.infer<typeof shownMessage>;

/** The query of the list of messages. */
export const messageListQuery = pageQuery(
  {
    status: z.enum(messageStatuses).optional(),
    sender_id: nameSchema.optional(),
    recipient_id: nameSchema.optional(),
    type: nameSchema.optional(),
    receipt: z.enum(receiptStatuses).optional(),
  },
  numberKey,
);

const answer = {
  id: z.string(),
  status: z.string().optional().meta({ description: 'Of commands and queries' }),
  result: z.unknown().optional(),
  error: shownFailure.optional(),
  cached: z.literal(true).optional(),
};

/** Where a message makes an object of the mediator's kind, with the fields of that. */
export const sendAnswer = z.looseObject({ message: z.literal('Message sent successfully'), ...answer });

export const broadcastAnswer = z.object({
  message: z.literal('Message broadcasted successfully'),
  ...answer,
  recipients: z.array(z.string()),
  answers: z
    .array(
      z.object({ recipient_id: z.string(), result: z.unknown().optional(), error: shownFailure.optional() }),
    )
    .optional(),
  missing: z.array(z.string()).optional(),
});
