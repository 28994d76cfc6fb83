import type { StateChange } from './aggregate';
import type { JsonObject } from './json-object';
import { mergePatch } from './merge-patch';
import { takeFields } from './take-fields';

const fields = ['user_id', 'email', 'name', 'first_name', 'last_name', 'role', 'status'];

/** Where an event leads that does not name a status itself. */
const statusAfter: Readonly<Record<string, string>> = {
  'user.activated': 'active',
  'user.deactivated': 'deactivated',
  'user.deleted': 'deleted',
};

/** A user is active from the beginning; one that is deleted or deactivated keeps the rest of its state. */
export function evolveUser(state: JsonObject, { name, data }: StateChange): JsonObject {
  switch (name) {
    case 'user.created':
      return { status: 'active', ...state, ...mergePatch(data, { action: null }) };
    case 'user.updated':
      return takeFields(state, data, fields);
    case 'user.activated':
    case 'user.deactivated':
    case 'user.deleted':
      return takeFields({ ...state, status: statusAfter[name] }, data, fields);
    default:
      return state;
  }
}
