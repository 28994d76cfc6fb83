import type { Clock } from '@fanfare/core';
import type { Database, DeferredWrite, Transaction } from '@fanfare/storage';
import type { EncodedOrder } from './order-body';

export type IdempotencyTables = {
  idempotency_keys: {
    idempotency_key: string;
    body_hash: string;
    order_id: string;
    answer: string;
    created_at: number;
  };
};

type KeyRow = IdempotencyTables['idempotency_keys'];

/** The first answer under a key. */
export interface KeptAnswer {
  readonly key: string;
  readonly bodyHash: string;
  readonly order: EncodedOrder;
}

/** The keys under which orders were placed, each kept for a day and a little longer. Throws what `Database` throws. */
export interface IdempotencyKeys {
  find(key: string): Promise<KeptAnswer | null>;
  /** Adds the key at the end of the transaction, which fails with `already_exists` when it is taken. */
  insert(tx: Transaction, answer: KeptAnswer): void;
  /** The worker that forgets old keys. */
  readonly pruner: { readonly name: string; run(signal: AbortSignal): Promise<void> };
}

const hourMs = 3_600_000;
const keepMs = 24 * hourMs;
const pruneEveryMs = hourMs / 4;
/** Small enough that a prune never holds up orders. */
const pruneBatch = 500;

export function createIdempotencyKeys(database: Pick<Database, 'queries'>, clock: Clock): IdempotencyKeys {
  const queries = database.queries.withTables<IdempotencyTables>();

  const insertKeys: DeferredWrite<KeptAnswer> = {
    stage: 'aggregates',
    write(tx, answers) {
      const createdAt = clock.now().getTime();
      const rows = answers.map((answer) => toRow(answer, createdAt));
      return tx.dialect.insertRows(tx.queries, 'idempotency_keys', rows, { isUnanswered: true });
    },
  };

  async function pruneBatchOnce(): Promise<number> {
    const old = await queries
      .selectFrom('idempotency_keys')
      .select('idempotency_key')
      .where('created_at', '<', clock.now().getTime() - keepMs)
      .limit(pruneBatch)
      .execute();
    if (old.length > 0) {
      const keys = old.map((row) => row.idempotency_key);
      await queries.deleteFrom('idempotency_keys').where('idempotency_key', 'in', keys).execute();
    }
    return old.length;
  }

  return {
    async find(key) {
      const row = await queries
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('idempotency_key', '=', key)
        .executeTakeFirst();
      return row ? fromRow(row) : null;
    },
    insert(tx, answer) {
      tx.writeLater(insertKeys, answer);
    },
    pruner: {
      name: 'idempotency-keys',
      async run(signal) {
        while (!signal.aborted) {
          const pruned = await pruneBatchOnce();
          if (pruned < pruneBatch) await clock.sleep(pruneEveryMs, signal);
        }
      },
    },
  };
}

function toRow({ key, bodyHash, order }: KeptAnswer, createdAt: number): KeyRow {
  return {
    idempotency_key: key,
    body_hash: bodyHash,
    order_id: order.id,
    answer: order.text,
    created_at: createdAt,
  };
}

function fromRow({ idempotency_key, body_hash, order_id, answer }: KeyRow): KeptAnswer {
  // what was answered first is always the first state of an order
  return { key: idempotency_key, bodyHash: body_hash, order: { id: order_id, version: 1, text: answer } };
}
