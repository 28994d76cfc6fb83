/**
 * The partition of a key: FNV-1a (32 bit) over its UTF-16 units, modulo the number of partitions. Fixed for good:
 * another function would send the later events of a key to another partition than its earlier ones.
 */
export function partitionOf(key: string, partitions: number): number {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}
