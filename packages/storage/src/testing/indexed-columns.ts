import { sql } from 'kysely';
import type { Database } from '../database';

/** The columns of `table` by which rows are found without a scan: those that an index begins with. */
export async function readIndexedColumns(
  { queries, dialect }: Pick<Database, 'queries' | 'dialect'>,
  table: string,
): Promise<readonly string[]> {
  const columns =
    dialect.name === 'mysql'
      ? sql<{ name: string }>`select column_name as name from information_schema.statistics
          where table_schema = database() and table_name = ${table} and seq_in_index = 1`
      : sql<{ name: string }>`select found.name from pragma_index_list(${table}) as list
          join pragma_index_info(list.name) as found where found.seqno = 0`;
  return (await columns.execute(queries)).rows.map(({ name }) => name);
}
