import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import type { createEraseSubject } from './erase-subject';

const erasureBody = z.object({
  subject: z.string(),
  erased_events: z.int(),
  erased_snapshots: z.int(),
});

/** Forgetting whom a person asks to be forgotten. */
export function eraseRoute(eraseSubject: ReturnType<typeof createEraseSubject>): Route {
  return defineRoute({
    method: 'post',
    path: '/api/v1/event-store/erase',
    role: 'admin',
    summary: 'Forget a subject',
    description:
      'Removes the data of all its events for good, and the snapshots, dead letters and other copies that the event ' +
      'store made of it. Tombstones stay, the chain still verifies, and `privacy.subject_erased` tells everybody. ' +
      'Repeating it is safe.',
    body: z.strictObject({
      subject: z.string().min(1).max(255),
      reason: z.string().max(500).optional(),
    }),
    responses: { 200: erasureBody },
    handle: async ({ body: { subject, reason } }) => {
      const { erasedEvents, erasedSnapshots } = await eraseSubject(subject, reason);
      return reply(200, { subject, erased_events: erasedEvents, erased_snapshots: erasedSnapshots });
    },
  });
}
