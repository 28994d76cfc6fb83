import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The command behind `npm run verify`. */
export const verifier = join(__dirname, '..', '..', '..', '..', 'scripts', 'verify-export.mjs');

export interface Verdict {
  readonly exitCode: number;
  readonly output: string;
}

/** Checks an export without the event store, in files of this folder. */
export async function verifyExport(folder: string, text: string, keyPem?: string): Promise<Verdict> {
  const path = join(folder, 'export.ndjson');
  const keyPath = join(folder, 'key.pem');
  await writeFile(path, text);
  if (keyPem !== undefined) await writeFile(keyPath, keyPem);
  const parameters = [verifier, path, ...(keyPem === undefined ? [] : [keyPath])];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, parameters, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, output: stdout + stderr });
    });
  });
}
