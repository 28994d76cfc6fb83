import { AppError } from '@fanfare/core';
import {
  ColumnNode,
  type ColumnUpdateNode,
  TableNode,
  UpdateQueryNode,
  ValueNode,
  type KyselyPlugin,
  type OperationNode,
} from 'kysely';
import type { Database } from '../database';
import type { SqlDialect, SqlRow, SqlValue } from '../sql-dialect';
import { isSealed, type Sealer } from './sealer';

/** Columns that are sealed, by table. Nothing is ever searched by them. */
export type SealedColumns = Readonly<Record<string, readonly string[]>>;

/**
 * What a database is made of, with columns that hold what a sealer makes of them. What is written to them is sealed, bound
 * to the name of the column; whatever is read that was sealed is opened. A text that cannot be opened fails the query. Bytes
 * that cannot are given as they are kept, and `isSealed` tells them: they may have come from somebody else, without any key,
 * and only begin like something sealed, and must not keep anybody from reading the others.
 */
export function sealColumns<Parts extends Pick<Database, 'queries' | 'dialect'>>(
  parts: Parts,
  columns: SealedColumns,
  sealer: Sealer,
): Parts {
  return {
    ...parts,
    queries: parts.queries.withPlugin(createPlugin(columns, sealer)),
    ...(sealer.isOn && { dialect: sealDialect(parts.dialect, columns, sealer) }),
  };
}

function sealDialect(dialect: SqlDialect, columns: SealedColumns, sealer: Sealer): SqlDialect {
  const sealAll = (table: string, rows: readonly SqlRow[]) => {
    const sealed = columns[table];
    return sealed ? rows.map((row) => sealRow(row, sealed, sealer)) : rows;
  };
  return {
    ...dialect,
    insertRows: (queries, table, rows, options) =>
      dialect.insertRows(queries, table, sealAll(table, rows), options),
    insertNewRows: (queries, table, rows) => dialect.insertNewRows(queries, table, sealAll(table, rows)),
    upsertRows: (queries, table, rows, change, options) =>
      dialect.upsertRows(queries, table, sealAll(table, rows), change, options),
  };
}

function sealRow(row: SqlRow, columns: readonly string[], sealer: Sealer): SqlRow {
  const sealed = columns.flatMap((column) =>
    row[column] === undefined ? [] : [[column, sealValue(row[column], column, sealer)] as const],
  );
  return { ...row, ...Object.fromEntries(sealed) };
}

/** Bytes go in as Base64. */
function sealValue(value: SqlValue, column: string, sealer: Sealer): SqlValue {
  if (typeof value === 'string') return sealer.seal(value, placeOf(column));
  return Buffer.isBuffer(value) ? Buffer.from(sealer.seal(value.toString('base64'), placeOf(column))) : value;
}

function createPlugin(columns: SealedColumns, sealer: Sealer): KyselyPlugin {
  const names = new Set(Object.values(columns).flat());
  return {
    transformQuery({ node }) {
      const sealed = sealer.isOn && UpdateQueryNode.is(node) ? columns[tableOf(node)] : undefined;
      if (!sealed || !UpdateQueryNode.is(node)) return node;
      return {
        ...node,
        updates: node.updates?.map((update) => sealUpdate(update, sealed, sealer)),
      } as UpdateQueryNode;
    },
    transformResult({ result }) {
      for (const row of result.rows) openRow(row, names, sealer);
      return Promise.resolve(result);
    },
  };
}

function tableOf({ table }: UpdateQueryNode): string {
  return table && TableNode.is(table) ? table.table.identifier.name : '';
}

function sealUpdate(update: ColumnUpdateNode, columns: readonly string[], sealer: Sealer): ColumnUpdateNode {
  const column = columnOf(update.column);
  if (!columns.includes(column) || !ValueNode.is(update.value)) return update;
  return { ...update, value: ValueNode.create(sealValue(update.value.value as SqlValue, column, sealer)) };
}

function columnOf(node: OperationNode): string {
  return ColumnNode.is(node) ? node.column.name : '';
}

/** In place: the driver has made the row for this answer only. Whatever else begins like something sealed is left alone. */
function openRow(row: Record<string, unknown>, names: ReadonlySet<string>, sealer: Sealer): void {
  for (const column in row) {
    if (!names.has(column)) continue;
    const value = row[column];
    if (typeof value === 'string') row[column] = sealer.open(value, placeOf(column));
    else if (Buffer.isBuffer(value)) row[column] = openBytes(value, column, sealer);
  }
}

function openBytes(value: Buffer, column: string, sealer: Sealer): Buffer {
  if (!isSealed(value)) return value;
  try {
    return Buffer.from(sealer.open(value.toString('latin1'), placeOf(column)), 'base64');
  } catch (error) {
    if (error instanceof AppError) return value;
    throw error;
  }
}

function placeOf(column: string): string {
  return `column ${column}`;
}
