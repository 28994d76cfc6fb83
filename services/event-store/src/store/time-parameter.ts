import { z } from 'zod';

/** A moment as RFC 3339 writes it; a day alone is its beginning in UTC. */
export const time = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be a time like 2026-01-31T12:00:00Z, or a day like 2026-01-31',
  )
  .transform((text) => new Date(text));
