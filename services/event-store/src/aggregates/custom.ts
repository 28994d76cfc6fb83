import type { StateChange } from './aggregate';
import { isJsonObject, type JsonObject } from './json-object';
import { mergePatch } from './merge-patch';

/** Anything at all: what it is created with, and then each event's data, or the `changes` of an update, merged in. */
export function evolveCustom(state: JsonObject, { name, data }: StateChange): JsonObject {
  if (name.endsWith('.created')) return { ...state, ...data };
  const { changes } = data;
  return mergePatch(state, name.endsWith('.updated') && isJsonObject(changes) ? changes : data);
}
