import { eventNameOf, resolveEventType, toEventType } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';

/** Which types of events someone means: one of them, or all that begin alike. */
export interface TypePattern {
  /** As it was written. */
  readonly text: string;
  /** Whether an event of this full type is meant. */
  matches(type: string): boolean;
  /** The same for `EventFilter.types`. */
  readonly filterTypes: readonly string[];
}

const anyVersion = '.v*';

/** What stands before every name of the catalogue. */
const typePrefix = toEventType('').replace(/\.v\d+$/, '');

/**
 * Reads what people write where types are asked for: a name (`order.created`, in any version), a full type (that version),
 * an alias (`order_created`), a type that the catalogue does not know, or the beginning of names or types before a `*`
 * (`order.*`, `*`). Throws `invalid` for a `*` that is not the end.
 */
export function parseTypePattern(text: string): TypePattern {
  const star = text.indexOf('*');
  if (text === '' || (star !== -1 && star !== text.length - 1)) {
    throw new AppError('invalid', `"${text}" is no type of events: a * may only stand at the end`);
  }
  const filterTypes = star === -1 ? spellType(text) : spellPrefix(text.slice(0, -1));
  return {
    text,
    filterTypes,
    matches: (type) => filterTypes.some((candidate) => isLike(type, candidate)),
  };
}

/** Whether a full type is `candidate`, or begins like it when that ends with a `*`. */
function isLike(type: string, candidate: string): boolean {
  return candidate.endsWith('*') ? type.startsWith(candidate.slice(0, -1)) : type === candidate;
}

function spellType(text: string): readonly string[] {
  const type = resolveEventType(text);
  const name = eventNameOf(type);
  const isFullType = type === text && name !== text;
  return isFullType || name === type ? [type] : [toEventType(name).replace(/\.v\d+$/, anyVersion)];
}

/** Names are typed, and types are what the log holds; unknown types are their own names. */
function spellPrefix(prefix: string): readonly string[] {
  return prefix === '' ? ['*'] : [`${typePrefix}${prefix}*`, `${prefix}*`];
}
