import type { Queries } from '@fanfare/storage';
import type { MediatorTables } from '../mediators/mediator-tables';
import type { MessageTables } from '../messages/message-rows';

/** A colleague that is called at its endpoint. */
export interface CalledPlace {
  readonly mediator: string;
  readonly mediatorKey: number;
  readonly colleagueId: string;
  /** Something in its mailbox may be taken now, unless what stands before it holds it back. */
  readonly isDue: boolean;
}

/** Who is called in all mediators, with one query. */
export async function findCalled(queries: Queries, now: Date): Promise<readonly CalledPlace[]> {
  const rows = await queries
    .withTables<MediatorTables & MessageTables>()
    .selectFrom('colleagues')
    .innerJoin('mediators', 'mediators.mediator_key', 'colleagues.mediator_key')
    .where('has_endpoint', '=', 1)
    .where('is_enabled', '=', 1)
    .select((eb) => [
      'mediators.name as mediator',
      'colleagues.mediator_key as mediatorKey',
      'colleagues.id as colleagueId',
      eb
        .exists(
          eb
            .selectFrom('receipts')
            .select('receipts.sequence')
            .where('receipts.mediator_key', '=', eb.ref('colleagues.mediator_key'))
            .where('receipts.recipient_id', '=', eb.ref('colleagues.id'))
            .where('receipts.place', 'is not', null)
            .where('receipts.available_at', '<=', now.getTime()),
        )
        .as('isDue'),
    ])
    .execute();
  return rows.map((row) => ({ ...row, isDue: Boolean(row.isDue) }));
}
