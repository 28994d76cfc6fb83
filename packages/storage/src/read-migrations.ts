import { AppError } from '@fanfare/core';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One step of a schema: SQL statements that both databases understand, ended by semicolons. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

const fileName = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** Reads the migrations in a folder, files named like `0001-orders.sql`. Throws `invalid` for a file named otherwise. */
export function readMigrations(folder: string): readonly Migration[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const [, version, name] = fileName.exec(file) ?? [];
      if (version === undefined || name === undefined) {
        throw new AppError('invalid', `${join(folder, file)} is not named like 0001-orders.sql`);
      }
      return { version: Number(version), name, sql: readFileSync(join(folder, file), 'utf8') };
    });
}

const token = /'[^']*'|"[^"]*"|`[^`]*`|--.*|\/\*[\s\S]*?\*\/|;|[^'"`;/-]+|[/-]/g;

/** Cuts SQL at its semicolons, not at those in texts, names and comments; comments are left out. */
export function splitStatements(sql: string): readonly string[] {
  const statements = [''];
  for (const [part] of sql.matchAll(token)) {
    if (part === ';') statements.push('');
    else if (!part.startsWith('--') && !part.startsWith('/*'))
      statements.push((statements.pop() ?? '') + part);
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}
