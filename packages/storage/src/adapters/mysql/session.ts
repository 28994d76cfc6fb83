import { SelectQueryNode, type CompiledQuery, type QueryResult } from 'kysely';
import type { ConnectionOptions } from 'mysql2';
import type { Session } from '../../kysely-driver';
import { connect, send, type Answer, type CreateConnection } from './connection';
import { isConnectionLost, toAppError } from './errors';

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

/** `begin` goes to the server together with the transaction's first statement: that is one round trip less. */
type TransactionState = 'none' | 'announced' | 'begun';

/** Opens a session. Throws `unavailable` when the server cannot be reached. */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { create, statementLimitMs } = options;
  let connection = await connect(create, options.connection);
  let transaction: TransactionState = 'none';

  async function execute({ sql, parameters, query }: CompiledQuery): Promise<Answer> {
    if (transaction === 'announced') {
      transaction = 'begun';
      const answers = await sendRepeatably(`begin;${sql}`, parameters);
      return (answers as readonly Answer[]).slice(-1)[0] ?? [];
    }
    const isPlainRead = transaction === 'none' && SelectQueryNode.is(query);
    return isPlainRead
      ? sendRepeatably(sql, parameters)
      : send(connection, sql, parameters, statementLimitMs);
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

  /** Nothing to end when no statement was sent. */
  async function end(command: 'commit' | 'rollback'): Promise<void> {
    const hasBegun = transaction === 'begun';
    transaction = 'none';
    if (hasBegun) await send(connection, command, [], statementLimitMs);
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
        await end('commit');
      } catch (error) {
        throw toAppError(error);
      }
    },
    rollback: async () => {
      try {
        await end('rollback');
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
