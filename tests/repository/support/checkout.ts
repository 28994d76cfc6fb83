import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The checkout under test: npm and make run everything there. */
export const root = process.cwd();

/** The text of a file, named by its path in the checkout. */
export const readText = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Whether there is such a file or folder. */
export const exists = (file: string): boolean => existsSync(path.join(root, file));

/** Every file that git knows or would add, without those that are gone from the working tree. */
export function listFiles(): readonly string[] {
  const parameters = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const listing = execFileSync('git', parameters, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listing.split('\0'))].filter((file) => file !== '' && exists(file)).sort();
}

/** The `package.json` of every workspace. */
export function listWorkspaces(): readonly string[] {
  return listFiles().filter((file) => /^(packages|services)\/[^/]+\/package\.json$/.test(file));
}
