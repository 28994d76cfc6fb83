import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { moment } from '../events/time-parameters';
import type { createEraseSubject } from './erase-subject';
import type { createTruncateLog } from './truncate-log';

export interface StoreRoutesDeps {
  readonly eraseSubject: ReturnType<typeof createEraseSubject>;
  readonly truncateLog: ReturnType<typeof createTruncateLog>;
}

const erasureBody = z.object({
  subject: z.string(),
  erased_events: z.int(),
  erased_snapshots: z.int(),
});

const truncationBody = z.object({
  deleted: z.int(),
  /** Of the last event that is gone; the chain begins behind it. */
  anchor_position: z.int(),
});

/** Forgetting on purpose: what a person asks for, and what has grown old. */
export function storeRoutes({ eraseSubject, truncateLog }: StoreRoutesDeps): readonly Route[] {
  return [
    defineRoute({
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
    }),
    defineRoute({
      method: 'delete',
      path: '/api/v1/event-store/events/old',
      role: 'admin',
      audit: { action: 'event.truncate' },
      summary: 'Remove old events',
      description:
        'Removes the events that were recorded before a time, for good. Aggregates that lose events keep a snapshot, the ' +
        'chain keeps an anchor and still verifies. The last commit of the log always stays. It goes in steps, the oldest first; ' +
        'one that was cut short goes on when it is asked for again.',
      query: z.strictObject({ before: moment }),
      responses: { 200: truncationBody },
      handle: async ({ query: { before } }) => {
        const { deletedEvents, anchorPosition } = await truncateLog(before);
        return reply(200, { deleted: deletedEvents, anchor_position: anchorPosition });
      },
    }),
  ];
}
