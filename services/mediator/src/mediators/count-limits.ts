import type { Transaction } from '@fanfare/storage';
import { refuse } from '../problems';
import type { MediatorTables } from './mediator-tables';

type Counted = 'mediators' | 'colleagues';

/**
 * Counts one more, or throws `max-mediators-reached` or `max-colleagues-reached`. The count stays locked until the
 * transaction ends, which keeps the limit exact however many come at once: so it is the last thing to be locked.
 */
export async function countOneMore(tx: Transaction, counted: Counted, max: number): Promise<void> {
  const before = await takeCounter(tx, counted, 1);
  if (before >= max)
    throw refuse(`max-${counted}-reached`, `there are ${before} ${counted}, and may not be more`);
}

/** Counts what has been removed. */
export async function countFewer(tx: Transaction, counted: Counted, removed: number): Promise<void> {
  if (removed > 0) await takeCounter(tx, counted, -removed);
}

/** A number that no mediator has had before. */
export async function takeMediatorKey(tx: Transaction): Promise<number> {
  return (await takeCounter(tx, 'keys', 1)) + 1;
}

function takeCounter(
  tx: Transaction,
  name: MediatorTables['mediator_counters']['name'],
  count: number,
): Promise<number> {
  return tx.dialect.takeNumbers(tx.queries, 'mediator_counters', 'counted', { name }, count);
}
