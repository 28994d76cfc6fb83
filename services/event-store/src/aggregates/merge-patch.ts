import { isJsonObject, type JsonObject } from './json-object';

/** The one name whose assignment changes an object's prototype; nobody's state has a member of that name. */
const prototypeName = '__proto__';

/**
 * Applies a JSON merge patch (RFC 7396 §2): members of `patch` replace those of `target`, objects are merged, null removes.
 * Neither is changed.
 */
export function mergePatch(target: unknown, patch: JsonObject): JsonObject;
export function mergePatch(target: unknown, patch: unknown): unknown;
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else if (name !== prototypeName) merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}
