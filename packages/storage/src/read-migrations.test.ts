import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMigrations, splitStatements } from './read-migrations';

describe('migration files', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fanfare-migrations-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are read in the order of their numbers', () => {
    writeFileSync(join(folder, '0010-totals.sql'), 'create table totals (n bigint);');
    writeFileSync(join(folder, '0002-more-orders.sql'), 'create table orders (n bigint);');

    expect(readMigrations(folder)).toEqual([
      { version: 2, name: 'more-orders', sql: 'create table orders (n bigint);' },
      { version: 10, name: 'totals', sql: 'create table totals (n bigint);' },
    ]);
  });

  it('are refused when they are not named as they should be', () => {
    writeFileSync(join(folder, '1-Orders.sql'), '');

    expect(() => readMigrations(folder)).toThrow('is not named like 0001-orders.sql');
  });
});

describe('splitStatements', () => {
  it.each([
    ['a; b;', ['a', 'b']],
    ['a', ['a']],
    [' ;; ', []],
    [`insert 'x;y'; b`, [`insert 'x;y'`, 'b']],
    [`insert 'it''s; fine'; b`, [`insert 'it''s; fine'`, 'b']],
    ['select "a;b", `c;d`; e', ['select "a;b", `c;d`', 'e']],
    ['a -- it is; so\n, b; c', ['a \n, b', 'c']],
    ['/* a;\n b; */ c; d', ['c', 'd']],
    [`'--'; '/*'; a / b - c`, [`'--'`, `'/*'`, 'a / b - c']],
  ])('cuts %j where a statement ends', (text, statements) => {
    expect(splitStatements(text)).toEqual(statements);
  });
});
