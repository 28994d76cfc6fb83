import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './support/checkout';

/** What `npm run tidy` goes by. */
const settings = [
  'package.json',
  'eslint.config.mjs',
  '.prettierrc.json',
  '.prettierignore',
  'tsconfig.base.json',
  'tsconfig.check.json',
];

/** Files as they are and as they are to become. */
const files = {
  'packages/core/src/list.ts': [
    "import { Item } from './item'\nexport const list : Array<Item> = [ ]",
    "import { type Item } from './item';\nexport const list: Item[] = [];\n",
  ],
  'packages/core/src/item.ts': ['export type Item = string;\n', 'export type Item = string;\n'],
  'docs/list.yaml': ['list:   ["one"]', "list: ['one']\n"],
};

describe('npm run tidy', () => {
  let folder: string;
  const inside = (file: string) => path.join(folder, file);
  const tidy = () => spawnSync('npm', ['run', '--silent', 'tidy'], { cwd: folder, encoding: 'utf8' });
  const contents = () => Object.keys(files).map((file) => readFileSync(inside(file), 'utf8'));

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fanfare-tidy-'));
    for (const file of settings) cpSync(path.join(root, file), inside(file));
    symlinkSync(path.join(root, 'node_modules'), inside('node_modules'));
    for (const [file, [untidy]] of Object.entries(files)) {
      mkdirSync(path.dirname(inside(file)), { recursive: true });
      writeFileSync(inside(file), untidy ?? '');
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('formats and mends what it can, and changes nothing when it is run again', () => {
    const first = tidy();
    const once = contents();
    const second = tidy();

    expect([first.stdout, second.stdout]).toEqual(['', '']);
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(once).toEqual(Object.values(files).map(([, tidied]) => tidied));
    expect(contents()).toEqual(once);
  }, 60_000);
});
