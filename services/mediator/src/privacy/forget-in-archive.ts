import type { GoOn } from '@fanfare/service-kit';
import type { Archive, ArchivedRow } from '@fanfare/storage';
import type { Contents } from './contents';
import { rewriteContents } from './rewrite-contents';

/** So many are in memory at a time. */
const pageSize = 100;

/** Takes a subject out of a collection of the archive, page by page. */
export async function forgetInArchive(
  { archive, goOn }: { readonly archive: Pick<Archive, 'list' | 'rewrite'>; readonly goOn: GoOn },
  { table, columns }: Contents,
  subject: string,
): Promise<void> {
  let after: string | undefined;
  do {
    const rows: readonly ArchivedRow[] = await archive.list(table, { after, limit: pageSize });
    const changed = rows.map(({ key, row }) => ({ key, row: rewriteContents(row, columns, subject) }));
    await archive.rewrite(
      table,
      changed.filter(({ row }) => Object.keys(row).length > 0),
    );
    goOn();
    after = rows.length < pageSize ? undefined : rows.at(-1)?.key;
  } while (after !== undefined);
}
