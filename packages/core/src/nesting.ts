/**
 * So many lists and objects may stand inside one another in what is kept: far more than anybody means, and far fewer than
 * where JSON that was parsed can no longer be written, so that nobody could ever show it again.
 */
export const maxNesting = 500;

/** Whether a JSON value is nested more deeply than that; its text tells it at once when it is short. */
export function isNestedTooDeeply(text: string, value: unknown): boolean {
  return text.length > 2 * maxNesting && hasMoreLevels(value, maxNesting);
}

function hasMoreLevels(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return children.some((child) => hasMoreLevels(child, levels - 1));
}
