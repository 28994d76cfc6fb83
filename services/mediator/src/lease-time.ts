import { z } from 'zod';

/** How long a lease or a task is held without a further call, as holders say it. */
export const leaseMsSchema = z.int().min(100).max(3_600_000);
export const defaultLeaseMs = 30_000;
