import { z } from 'zod';

/** Deeper ones could be parsed, but not compared, merged or written again: that takes a piece of the stack for each level. */
const maxLevels = 500;

/** A JSON object that only its sender understands. */
export const freeObject = z
  .record(z.string(), z.unknown())
  .refine((value) => !isDeeper(value, maxLevels), `must not nest more than ${maxLevels} levels`);

/** Not recursive: the input chooses the depth. */
function isDeeper(root: unknown, levels: number): boolean {
  let level: readonly unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > levels) return true;
    level = level.flatMap(partsOf);
  }
  return false;
}

function partsOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
