import { z } from 'zod';
import { defaultLeaseMs, leaseMsSchema } from '../../lease-time';
import { mediatorParams } from '../../mediators/mediator-schemas';
import { ignoring, nameSchema } from '../../names';
import { leaseStatuses } from './lease';

const amount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const resourceParams = mediatorParams.extend({ id: nameSchema });
export const leaseParams = resourceParams.extend({ lease: nameSchema });

const answerFields = [
  ...['status', 'available', 'utilization', 'waiting', 'wait_time', 'last_access'],
  // of what a message to the mediator carries
  'handler_id',
];

export const newResourceBody = ignoring(
  answerFields,
  z.strictObject({
    id: nameSchema.optional().meta({ description: 'The name unless given' }),
    name: nameSchema,
    type: nameSchema.nullable().default(null),
    capacity: amount,
    used: amount.default(0).meta({ description: 'What is taken outside of leases' }),
  }),
);
export type NewResourceBody = z.infer<typeof newResourceBody>;

export const resourceChangeBody = ignoring(
  answerFields,
  z.strictObject({
    name: nameSchema.optional(),
    type: nameSchema.nullable().optional(),
    capacity: amount.optional().meta({ description: 'Below what is held, nothing is granted until it fits' }),
    used: amount.optional().meta({ description: 'What is taken outside of leases' }),
  }),
);
export type ResourceChangeBody = z.infer<typeof resourceChangeBody>;

export const newLeaseBody = ignoring(
  ['resource_id', 'token', 'status', 'granted_at', 'lease_until'],
  z.strictObject({
    id: nameSchema.optional(),
    colleague_id: nameSchema,
    amount: amount.min(1).default(1),
    lease_ms: leaseMsSchema.default(defaultLeaseMs),
    wait_ms: z.int().min(0).max(60_000).default(0),
  }),
);
export type NewLeaseBody = z.infer<typeof newLeaseBody>;

const token = z.int().min(0);
export const renewLeaseBody = z.strictObject({ token, lease_ms: leaseMsSchema.optional() });
export const releaseLeaseBody = z.strictObject({ token });

export const shownResource = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string().nullable(),
  status: z.enum(['available', 'exhausted']),
  capacity: z.int(),
  used: z.int().meta({ description: 'By leases and outside of them' }),
  available: z.int(),
  utilization: z.number().min(0).max(1),
  waiting: z.int(),
  wait_time: z.number().meta({ description: 'How long a lease was waited for on average, in milliseconds' }),
  last_access: z.iso.datetime().nullable(),
});
export type ShownResource = z.infer<typeof shownResource>;

export const shownLease = z.object({
  id: z.string(),
  resource_id: z.string(),
  colleague_id: z.string(),
  amount: z.int(),
  token: z.int(),
  status: z.enum(leaseStatuses),
  granted_at: z.iso.datetime(),
  lease_until: z.iso.datetime(),
});
export type ShownLease = z.infer<typeof shownLease>;
