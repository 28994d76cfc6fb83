import type { Archive, ArchivedRow, Queries, SqlValue } from '@fanfare/storage';

/** Keeps rows of some mediators in the archive, with those of the mediators themselves, as far as they are there still. */
export async function archiveRows(
  archive: Archive,
  queries: Queries,
  mediatorKeys: Iterable<number>,
  rows: Readonly<Record<string, readonly ArchivedRow[]>>,
): Promise<void> {
  const mediators = await queries
    .withTables<{ mediators: Record<string, SqlValue> }>()
    .selectFrom('mediators')
    .selectAll()
    .where('mediator_key', 'in', [...new Set(mediatorKeys)])
    .execute();
  await archive.keep(
    'mediators',
    mediators.map((row) => ({ key: String(row['mediator_key']), row })),
  );
  for (const [collection, ofCollection] of Object.entries(rows)) await archive.keep(collection, ofCollection);
}
