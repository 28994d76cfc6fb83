import { SelectQueryNode, type CompiledQuery, type QueryResult } from 'kysely';
import type { ConnectionOptions } from 'mysql2';
import type { Session } from '../../kysely-driver';
import { isUnanswered } from '../../unanswered-query';
import { connect, send, type Answer, type CreateConnection } from './connection';
import { isConnectionLost, toAppError } from './errors';
import { createPendingStatements } from './pending-statements';

export interface SessionOptions {
  readonly create: CreateConnection;
  readonly connection: ConnectionOptions;
  /** Longest time for one statement; 0 is none. */
  readonly statementLimitMs: number;
  /** Whether a connection found dead may be replaced unseen: not where it holds a lock of its own. */
  readonly canReconnect: boolean;
}

/** What MySQL tells of an insert beside what Kysely has a place for. */
export interface MysqlResult extends QueryResult<unknown> {
  readonly numWarnings?: number;
}

/** `begin` goes to the server together with the transaction's first statement. */
type TransactionState = 'none' | 'announced' | 'begun';

/** A server takes statements of at least 16 MB where nobody has set less, of up to three bytes a character. */
const maxPendingCharacters = 1_000_000;

/**
 * Opens a session. Throws `unavailable` when the server cannot be reached.
 *
 * Each round trip costs both sides more than most statements do, so what needs no answer of its own (`begin`, and the
 * statements marked as unanswered) waits here and travels in one text with the next statement or the commit.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { create, statementLimitMs } = options;
  let connection = await connect(create, options.connection);
  let transaction: TransactionState = 'none';
  const pending = createPendingStatements();

  async function execute(query: CompiledQuery): Promise<Answer> {
    const { sql, parameters } = query;
    if (transaction !== 'none' && isUnanswered(query) && pending.characters < maxPendingCharacters) {
      pending.add(sql, parameters);
      return [];
    }
    if (transaction !== 'none') return sendPending(sql, parameters);
    return SelectQueryNode.is(query.query)
      ? sendRepeatably(sql, parameters)
      : send(connection, sql, parameters, statementLimitMs);
  }

  /** Sends what waits and, after it, `sql`; returns the answer to the last statement. */
  async function sendPending(sql?: string, parameters: readonly unknown[] = []): Promise<Answer> {
    const isFirst = transaction === 'announced';
    transaction = 'begun';
    const { texts, values } = pending.take();
    const statements = [...(isFirst ? ['begin'] : []), ...texts, ...(sql === undefined ? [] : [sql])];
    const all = values.length > 0 ? [...values, ...parameters] : parameters;
    const answer = isFirst
      ? await sendRepeatably(statements.join(';'), all)
      : await send(connection, statements.join(';'), all, statementLimitMs);
    return statements.length > 1 ? ((answer as readonly Answer[]).at(-1) ?? []) : answer;
  }

  /** For what changes nothing by itself. An idle connection may have died unnoticed: then it is sent on a new one. */
  async function sendRepeatably(sql: string, parameters: readonly unknown[]): Promise<Answer> {
    try {
      return await send(connection, sql, parameters, statementLimitMs);
    } catch (error) {
      if (!options.canReconnect || !isConnectionLost(error)) throw error;
      connection = await connect(create, options.connection);
      return send(connection, sql, parameters, statementLimitMs);
    }
  }

  async function commit(): Promise<void> {
    // a commit cannot be repeated, so the first text of a transaction, which can, does not hold it
    if (transaction === 'announced' && !pending.isEmpty) await sendPending();
    if (transaction === 'begun') await sendPending('commit');
    transaction = 'none';
  }

  /** Nothing to undo when no statement was sent. */
  async function rollback(): Promise<void> {
    const hasBegun = transaction === 'begun';
    transaction = 'none';
    pending.take();
    if (hasBegun) await send(connection, 'rollback', [], statementLimitMs);
  }

  return {
    get isUsable() {
      return connection.state === 'authenticated';
    },
    executeQuery: async <Row>(query: CompiledQuery) => {
      try {
        return toResult(await execute(query)) as QueryResult<Row>;
      } catch (error) {
        throw toAppError(error);
      }
    },
    begin: async () => {
      transaction = 'announced';
    },
    commit: async () => {
      try {
        await commit();
      } catch (error) {
        throw toAppError(error);
      }
    },
    rollback: async () => {
      try {
        await rollback();
      } catch {
        // the server rolls back by itself when the connection goes
        connection.destroy();
      }
    },
    close: () =>
      new Promise((resolve) => {
        connection.end(() => {
          resolve();
        });
      }),
  };
}

function toResult(answer: Answer): MysqlResult {
  if (isRows(answer)) return { rows: [...answer] };
  return {
    rows: [],
    insertId: BigInt(answer.insertId),
    numAffectedRows: BigInt(answer.affectedRows),
    numWarnings: answer.warningStatus,
  };
}

function isRows(answer: Answer): answer is readonly unknown[] {
  return Array.isArray(answer);
}
