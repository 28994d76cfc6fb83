import type { Kysely } from 'kysely';

/** No table at all: each store adds its own with `withTables<OrderTables>()`. */
export type NoTables = object;

/** Whatever queries run on: the database itself, or a transaction of it. */
export type Queries = Kysely<NoTables>;
