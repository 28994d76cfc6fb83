import type { Transaction as KyselyTransaction } from 'kysely';
import type { DeferredWrite, Transaction } from './database';
import type { NoTables } from './queries';
import type { SqlDialect } from './sql-dialect';

/** A transaction together with what its owner does at the end of it. */
export interface OpenTransaction {
  readonly tx: Transaction;
  /** Does the writes that were put off; called last before the commit. */
  readonly writeDeferred: () => Promise<void>;
  /** Tells those who asked for it that the commit has succeeded. */
  readonly announceCommit: () => void;
}

const stages = ['aggregates', 'counters'] as const;

export function openTransaction(queries: KyselyTransaction<NoTables>, dialect: SqlDialect): OpenTransaction {
  const deferred = new Map<DeferredWrite<never>, unknown[]>();
  const actions: (() => void)[] = [];

  const tx: Transaction = {
    queries,
    dialect,
    writeLater(write, item) {
      const items = deferred.get(write);
      if (items) items.push(item);
      else deferred.set(write, [item]);
    },
    afterCommit(action) {
      actions.push(action);
    },
  };

  function nextWrite(): DeferredWrite<never> | undefined {
    for (const stage of stages) {
      for (const write of deferred.keys()) if (write.stage === stage) return write;
    }
    return undefined;
  }

  return {
    tx,
    async writeDeferred() {
      // a write may put off further ones, so the next is looked for each time
      for (let write = nextWrite(); write; write = nextWrite()) {
        const items = deferred.get(write) ?? [];
        deferred.delete(write);
        // the items under a write are exactly those that `writeLater<Item>` took for it
        await write.write(tx, items as never[]);
      }
    },
    announceCommit() {
      // on their own turn: what an action throws must not look like a failed transaction, which would be run again
      for (const action of actions) queueMicrotask(action);
    },
  };
}
