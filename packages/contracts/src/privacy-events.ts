import { z } from 'zod';
import { defineEvent } from './define-event';
import { text, timestamp } from './fields';

const count = z.int().nonnegative();

export const privacySubjectErased = defineEvent({
  topic: 'privacy',
  name: 'privacy.subject_erased',
  summary: 'The event store forgot a subject: every service erases or pseudonymises what it holds about it.',
  data: {
    /** Id of the person or thing to forget. */
    subject: text.max(255),
    reason: z.string().max(500).optional(),
    erased_events: count,
    erased_snapshots: count,
    erased_at: timestamp,
  },
});

/** Stands where the id of somebody was who is forgotten. The same for all of them, so that it tells nobody apart. */
export const erasedIdentifier = 'erased';

export const privacyEvents = [privacySubjectErased] as const;
