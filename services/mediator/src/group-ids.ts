/** The ids of rows by the key of their mediator: a statement names the rows of one. */
export function groupIds(
  rows: readonly { readonly mediator_key: number; readonly id: string }[],
): ReadonlyMap<number, string[]> {
  const ids = new Map<number, string[]>();
  for (const { mediator_key: key, id } of rows) {
    const others = ids.get(key);
    if (others) others.push(id);
    else ids.set(key, [id]);
  }
  return ids;
}
