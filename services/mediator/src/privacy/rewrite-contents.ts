import { eraseEverybodyIn, erasePersonIn, rewriteJson } from '@fanfare/service-kit';
import type { SqlRow, SqlValue } from '@fanfare/storage';

/**
 * The columns of a row that change when a person is taken out of what is said under `customer_id` and `user_id`; of an
 * order that was erased itself, everybody. What contents say in other words only their programs know.
 */
export function rewriteContents(row: SqlRow, columns: readonly string[], subject: string): SqlRow {
  const changed: Record<string, SqlValue> = {};
  for (const name of columns) {
    const text = row[name];
    if (typeof text !== 'string') continue;
    const rewritten = rewriteText(text, subject);
    if (rewritten !== text) changed[name] = rewritten;
  }
  return changed;
}

function rewriteText(text: string, subject: string): string {
  const quoted = JSON.stringify(subject);
  if (!text.includes(quoted)) return text;
  const isAboutOrder = text.includes(`"order_id":${quoted}`);
  return rewriteJson(text, isAboutOrder ? eraseEverybodyIn : erasePersonIn(subject));
}
