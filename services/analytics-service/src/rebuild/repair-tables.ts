import type { Transaction } from '@fanfare/storage';
import { sql } from 'kysely';
import { countTables, type CountTable } from './count-tables';
import type { Difference, TableDifference } from './rebuild';
import { wordsFor } from './table-words';

/** Makes the served tables what the fresh ones are, where they differ. */
export async function repairTables(tx: Transaction, { tables }: Difference): Promise<void> {
  for (const table of countTables) {
    const found = tables.find((each) => each.table === table.name);
    if (found) await repairTable(tx, table, found);
  }
}

async function repairTable(tx: Transaction, table: CountTable, found: TableDifference): Promise<void> {
  const { served, fresh, isSame, differs, freshColumn } = wordsFor(table);
  const others = [...table.values, ...table.others];
  const all = [...table.key, ...others];
  if (found.extra > 0) {
    const remove = sql`delete from ${served} where not exists (select 1 from ${fresh} where ${isSame})`;
    await remove.execute(tx.queries);
  }
  if (found.changed > 0) {
    const change = sql.join(
      others.map(
        (name) => sql`${sql.ref(name)} = (select ${freshColumn(name)} from ${fresh} where ${isSame})`,
      ),
    );
    await sql`update ${served} set ${change}
      where exists (select 1 from ${fresh} where ${isSame} and ${differs})`.execute(tx.queries);
  }
  if (found.missing > 0) {
    await sql`insert into ${served} (${sql.join(all.map((name) => sql.ref(name)))})
      select ${sql.join(all.map(freshColumn))} from ${fresh}
      where not exists (select 1 from ${served} where ${isSame})`.execute(tx.queries);
  }
}
