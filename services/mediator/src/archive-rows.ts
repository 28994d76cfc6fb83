import type { Archive, ArchivedRow, Queries, SqlValue } from '@fanfare/storage';
import type { Part } from './part';

const collections = ['messages', 'receipts', 'workflows', 'workflow_events', 'mediators'] as const;
type Collection = (typeof collections)[number];

/** What the archive is rid of when its own retention is over; a mediator is kept anew with each row that names it. */
export function archivedParts(archive: Pick<Archive, 'removeKeptBefore'>): readonly Pick<Part, 'prune'>[] {
  return collections.map((collection) => ({
    prune: (before, limit) => archive.removeKeptBefore(collection, before, limit),
  }));
}

/** Keeps rows of some mediators in the archive, with those of the mediators themselves, as far as they are there still. */
export async function archiveRows(
  archive: Archive,
  queries: Queries,
  mediatorKeys: Iterable<number>,
  rows: Partial<Readonly<Record<Collection, readonly ArchivedRow[]>>>,
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
