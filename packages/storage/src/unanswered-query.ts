import type { CompiledQuery } from 'kysely';

/** A statement of which nobody needs to know what it did, only that it did not fail. */
export interface UnansweredQuery extends CompiledQuery {
  readonly isUnanswered: true;
}

/**
 * Marks a statement of a transaction whose answer nobody waits for. A database behind a network may send it together
 * with the next statement or the commit, which then throws its error: one round trip for many statements.
 */
export function unanswered(query: CompiledQuery): UnansweredQuery {
  return { ...query, isUnanswered: true };
}

export function isUnanswered(query: CompiledQuery): query is UnansweredQuery {
  return 'isUnanswered' in query;
}
