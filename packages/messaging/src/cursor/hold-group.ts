import type { Transaction } from '@fanfare/storage';
import type { MessagingTables } from '../messaging-tables';

/** Where a group stands in a topic. */
export interface GroupStanding {
  /** The last applied sequence of each partition that the group has begun with. */
  readonly applied: ReadonlyMap<number, number>;
  /** Ids of the events without a sequence that the group has taken since the asked-for time, oldest first. */
  readonly foreignIds: readonly string[];
}

export interface HoldGroupOptions {
  readonly group: string;
  readonly topic: string;
  readonly foreignSince: Date;
}

/**
 * Tells where a group stands, and keeps it there until `tx` ends: members wait with what comes next. Held for a moment
 * only: after some seconds those who wait give up and try again. Events without a sequence and parked ones pass.
 */
export async function holdGroup(
  { queries, dialect }: Transaction,
  { group, topic, foreignSince }: HoldGroupOptions,
): Promise<GroupStanding> {
  const tables = queries.withTables<MessagingTables>();
  const cursors = await tables
    .selectFrom('cursors')
    .select(['part', 'applied'])
    .where('group_name', '=', group)
    .where('topic', '=', topic)
    .orderBy('part')
    .modifyEnd(dialect.forUpdate)
    .execute();
  const foreign = await tables
    .selectFrom('handled_events')
    .select('event_id')
    .where('group_name', '=', group)
    .where('topic', '=', topic)
    .where('applied_at', '>=', foreignSince.getTime())
    .orderBy('applied_at')
    .execute();
  return {
    applied: new Map(cursors.map(({ part, applied }) => [part, applied])),
    foreignIds: foreign.flatMap(({ event_id }) => event_id ?? []),
  };
}
