import { defineRoute, reply, type Route } from '@fanfare/service-kit';
import { z } from 'zod';
import { moment } from '../events/time-parameters';
import type { createTruncateLog } from './truncate-log';

const truncationBody = z.object({
  deleted: z.int(),
  /** Of the last event that is gone; the chain begins behind it. */
  anchor_position: z.int(),
});

/** Forgetting what has grown old. */
export function truncateRoute(truncateLog: ReturnType<typeof createTruncateLog>): Route {
  return defineRoute({
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
  });
}
