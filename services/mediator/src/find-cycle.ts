/**
 * The shortest way from a node along its arrows back to itself, with the node at both ends; null when there is none.
 * From nodes that nobody knows `next` leads nowhere.
 */
export function findCycle(
  start: string,
  next: (node: string) => readonly string[],
): readonly string[] | null {
  const ways: string[][] = [[start]];
  const reached = new Set<string>();
  for (const way of ways) {
    for (const node of next(way.at(-1) ?? start)) {
      if (node === start) return [...way, start];
      if (reached.has(node)) continue;
      reached.add(node);
      ways.push([...way, node]);
    }
  }
  return null;
}
