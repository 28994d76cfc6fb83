import { AppError, hasCode, type Clock } from '@fanfare/core';
import { createHash } from 'node:crypto';
import { CompiledQuery, sql } from 'kysely';
import type { Database } from './database';
import type { Queries } from './queries';
import { splitStatements, type Migration } from './read-migrations';

export interface MigrateOptions {
  /** Whose tables they are: several components share a database, each with versions of its own. */
  readonly component: string;
  /** All migrations there ever were, oldest first; one that was released is never changed or removed. */
  readonly migrations: readonly Migration[];
}

/**
 * Brings the component's tables to the newest version and returns how many migrations that took. Any number of
 * instances may call it at once: one works, the others find it done.
 *
 * Throws `conflict` when the database was made by other migrations than these: newer ones, or ones changed since.
 * On SQLite a failure leaves everything as it was. On MySQL, where each `create table` commits at once, a migration
 * that was cut short is taken up again, passing over what exists by now.
 */
export async function migrate(
  database: Pick<Database, 'changeSchema'>,
  { component, migrations }: MigrateOptions,
): Promise<number> {
  let count = 0;
  await database.changeSchema(async (queries, clock) => {
    await queries.executeQuery(CompiledQuery.raw(createVersionTable));
    const applied = await readApplied(queries, component);
    checkHistory(component, applied, migrations);
    const pending = migrations.filter((_, index) => applied[index]?.appliedAt == null);
    for (const migration of pending) {
      const isResumed = migration.version === applied.at(-1)?.version;
      await apply(queries, { component, migration, isResumed, clock });
    }
    count = pending.length;
  });
  return count;
}

const createVersionTable = `create table if not exists schema_migrations (
  component varchar(64) not null,
  version bigint not null,
  name varchar(255) not null,
  checksum varchar(64) not null,
  applied_at bigint,
  primary key (component, version)
)`;

interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  /** Null for one that was begun and not finished. */
  readonly appliedAt: number | null;
}

async function readApplied(queries: Queries, component: string): Promise<readonly AppliedMigration[]> {
  const { rows } = await sql<AppliedMigration>`
    select version, name, checksum, applied_at as ${sql.ref('appliedAt')}
    from schema_migrations where component = ${component} order by version`.execute(queries);
  return rows;
}

/** What was applied must be the beginning of what the code has. */
function checkHistory(
  component: string,
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): void {
  applied.forEach(({ version, name, checksum, appliedAt }, index) => {
    const known = migrations[index];
    if (known?.version !== version) {
      throw new AppError(
        'conflict',
        `the database has migration ${version} (${name}) of ${component}, which this code does not know: ` +
          'it was made by a newer release, or the file was removed',
      );
    }
    // one that failed half-way may of course be repaired
    if (appliedAt !== null && checksumOf(known) !== checksum) {
      throw new AppError(
        'conflict',
        `migration ${version} (${known.name}) of ${component} was changed after it had been applied: ` +
          'undo the change and write a new migration instead',
      );
    }
  });
}

/** Line ends may differ between check-outs. */
function checksumOf({ sql: text }: Migration): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

interface Step {
  readonly component: string;
  readonly migration: Migration;
  readonly isResumed: boolean;
  readonly clock: Pick<Clock, 'now'>;
}

async function apply(queries: Queries, { component, migration, isResumed, clock }: Step): Promise<void> {
  const { version, name } = migration;
  if (!isResumed) {
    await sql`insert into schema_migrations (component, version, name, checksum)
      values (${component}, ${version}, ${name}, ${checksumOf(migration)})`.execute(queries);
  }
  for (const statement of splitStatements(migration.sql)) {
    try {
      await queries.executeQuery(CompiledQuery.raw(statement));
    } catch (error) {
      if (!isResumed || !hasCode(error, 'already_exists')) throw failed(component, migration, error);
    }
  }
  await sql`update schema_migrations
    set name = ${name}, checksum = ${checksumOf(migration)}, applied_at = ${clock.now().getTime()}
    where component = ${component} and version = ${version}`.execute(queries);
}

/** A dependency that is away stays that; anything else is told with the name of the file to look at. */
function failed(component: string, { version, name }: Migration, cause: unknown): unknown {
  if (hasCode(cause, 'unavailable')) return cause;
  return new AppError('internal', `migration ${version} (${name}) of ${component} failed`, { cause });
}
