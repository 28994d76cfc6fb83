import { sql, type RawBuilder } from 'kysely';
import { freshNameOf, type CountTable } from './count-tables';

export type Sql = RawBuilder<unknown>;

/** What statements are made of that are about a served table and its fresh copy. */
export interface TableWords {
  readonly served: Sql;
  readonly fresh: Sql;
  /** One row of each that have the same key. */
  readonly isSame: Sql;
  /** That two such rows hold other values. */
  readonly differs: Sql;
  readonly servedColumn: (name: string) => Sql;
  readonly freshColumn: (name: string) => Sql;
}

export function wordsFor(table: CountTable): TableWords {
  const freshName = freshNameOf(table);
  const servedColumn = (name: string) => sql.ref(`${table.name}.${name}`);
  const freshColumn = (name: string) => sql.ref(`${freshName}.${name}`);
  const isSame = table.key.map((name) => sql`${servedColumn(name)} = ${freshColumn(name)}`);
  const differs = table.values.map(
    (name) => sql`${servedColumn(name)} <> ${freshColumn(name)}
      or (${servedColumn(name)} is null) <> (${freshColumn(name)} is null)`,
  );
  return {
    served: sql.table(table.name),
    fresh: sql.table(freshName),
    servedColumn,
    freshColumn,
    isSame: sql.join(isSame, sql` and `),
    differs: sql`(${sql.join(differs, sql` or `)})`,
  };
}
