import { isDeepStrictEqual } from 'node:util';
import { isJsonObject } from '../aggregates/json-object';

/** Whether each field of `part` has the same value in `whole`, in objects within them too; lists are the same or not. */
export function isSubset(part: unknown, whole: unknown): boolean {
  if (!isJsonObject(part) || !isJsonObject(whole)) return isDeepStrictEqual(part, whole);
  return Object.entries(part).every(
    ([name, value]) => Object.hasOwn(whole, name) && isSubset(value, whole[name]),
  );
}
