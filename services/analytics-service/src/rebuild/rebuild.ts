import { z } from 'zod';
import { summaryBody } from '../reports/summary';

/** How far a rebuild has come. */
export interface RebuildProgress {
  /** Events that were read and concern the totals. */
  readonly processed: number;
  /** In the event log. */
  readonly position: number;
  /** Events whose data was erased. */
  readonly skippedErased: number;
  /** Events that cannot be read, contradict an earlier one, or are of no order that counts. */
  readonly skippedOther: number;
  /** Orders that the log does not tell of any more: taken over from the tables that are served. */
  readonly keptOrders: number;
}

export const rebuildStatuses = ['running', 'catching_up', 'completed', 'failed', 'cancelled'] as const;
export type RebuildStatus = (typeof rebuildStatuses)[number];

export interface Rebuild extends RebuildProgress {
  readonly id: string;
  readonly status: RebuildStatus;
  /** Finds the difference and leaves everything as it is. */
  readonly isShadow: boolean;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly difference: Difference | null;
  /** Why it failed; as long as it runs, what it waits for. */
  readonly error: string | null;
}

const row = z.record(z.string(), z.union([z.string(), z.number(), z.null()])).nullable();

/** One table that was not as the log has it. */
export const tableDifference = z.object({
  table: z.string(),
  missing: z.int().meta({ description: 'Rows that should have been there' }),
  changed: z.int().meta({ description: 'Rows that held something else' }),
  extra: z.int().meta({ description: 'Rows that should not have been there' }),
  examples: z.array(z.object({ key: row, before: row, after: row })).meta({
    description: 'A few of them, as the table holds them: before as served, after as rebuilt',
  }),
});

export type TableDifference = z.infer<typeof tableDifference>;

/** How the totals that were served differ from the rebuilt ones, at one and the same moment. */
export const difference = z.object({
  equal: z.boolean(),
  before: summaryBody,
  after: summaryBody,
  tables: z.array(tableDifference).meta({ description: 'Those that differ' }),
});

export type Difference = z.infer<typeof difference>;
