import type { TraceContext } from '@fanfare/contracts';
import type { Queries, Transaction } from '@fanfare/storage';
import type { Verb } from './service';
import type { ServiceTables } from './service-store';

/** Services that are started or stopped one after another. */
export interface ServicePlan {
  /** Grows with the time of the call. */
  readonly id: string;
  readonly verb: Verb;
  /** Ids of those that are still to come. */
  readonly remaining: readonly string[];
  /** Whether the first of them is under way: if it is down then, it has failed. */
  readonly isBegun: boolean;
  readonly trace: TraceContext;
}

/** The plans under way. Who reads or writes them has locked the registry of the mediator. */
export const planStore = {
  async insert(tx: Transaction, mediatorKey: number, plan: ServicePlan): Promise<void> {
    const row = { mediator_key: mediatorKey, id: plan.id, verb: plan.verb, ...toState(plan) };
    await tx.dialect.insertRows(tx.queries, 'service_plans', [{ ...row, trace: JSON.stringify(plan.trace) }]);
  },

  /** The oldest first. */
  async all(tx: Transaction, mediatorKey: number): Promise<readonly ServicePlan[]> {
    const rows = await tables(tx.queries)
      .selectFrom('service_plans')
      .selectAll()
      .where('mediator_key', '=', mediatorKey)
      .orderBy('id')
      .execute();
    return rows.map(({ id, verb, remaining, is_begun: isBegun, trace }) => ({
      id,
      verb,
      remaining: JSON.parse(remaining) as string[],
      isBegun: isBegun === 1,
      trace: JSON.parse(trace) as TraceContext,
    }));
  },

  /** Writes how far it has come; it is gone when nothing remains. */
  async save(tx: Transaction, mediatorKey: number, plan: ServicePlan): Promise<void> {
    const queries = tables(tx.queries);
    const change =
      plan.remaining.length === 0
        ? queries
            .deleteFrom('service_plans')
            .where('mediator_key', '=', mediatorKey)
            .where('id', '=', plan.id)
        : queries
            .updateTable('service_plans')
            .set(toState(plan))
            .where('mediator_key', '=', mediatorKey)
            .where('id', '=', plan.id);
    await change.execute();
  },
};

function tables(queries: Queries) {
  return queries.withTables<ServiceTables>();
}

function toState({ remaining, isBegun }: ServicePlan) {
  return { remaining: JSON.stringify(remaining), is_begun: isBegun ? 1 : 0 };
}
