import { z } from 'zod';
import { defineEvent, defineExternalEvent } from './define-event';
import { externalForm, freeObject, sensitive, text } from './fields';

/** Audit entries as other programs write them. */
export const externalAuditEntry = externalForm('ExternalAuditEntry', {
  entity_type: z.string(),
  entity_id: z.string(),
  action: z.string(),
  user_id: z.string(),
  changes: freeObject,
  ip_address: sensitive(z.string()),
  user_agent: z.string(),
});

export const auditLogCreated = defineEvent({
  topic: 'audit',
  name: 'audit.log_created',
  summary: 'Somebody changed something, or was refused.',
  data: {
    entity_type: text,
    /** Absent when nothing came to exist: a creation that was refused. */
    entity_id: text.optional(),
    /** What was asked for, `order.cancel`. */
    action: text,
    outcome: z.enum(['succeeded', 'refused', 'failed']),
    /** Subject of the caller's token, or `kafka:` and the source of a command; absent when nobody needs a token. */
    user_id: text.optional(),
    changes: freeObject.optional(),
    ip_address: sensitive(text).optional(),
    user_agent: z.string().optional(),
    request_id: text.optional(),
  },
  external: externalAuditEntry,
});

export const auditLogUpdated = defineExternalEvent({
  name: 'audit.log_updated',
  summary: 'An audit entry was amended; Fanfare itself never amends any.',
  data: externalAuditEntry,
});

export const auditEvents = [auditLogCreated, auditLogUpdated] as const;
