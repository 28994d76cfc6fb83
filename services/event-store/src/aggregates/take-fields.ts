import { asJsonObject, type JsonObject } from './json-object';
import { mergePatch } from './merge-patch';

/** The state with those fields of an event in it that the aggregate knows, and with its `changes`, which may name any. */
export function takeFields(state: JsonObject, data: JsonObject, fields: readonly string[]): JsonObject {
  const known = Object.entries(data).filter(([name]) => fields.includes(name));
  return mergePatch({ ...state, ...Object.fromEntries(known) }, asJsonObject(data['changes']));
}
