import { spawn } from 'node:child_process';

/** A process that runs a TypeScript main from sources. */
export interface StartedMain {
  stdout(): string;
  stderr(): string;
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

// what jest does for a test, for a process of its own: compile on load, find packages through their `source` export
const runFromSource = `
  const { transformSync } = require('@swc/core');
  const { readFileSync } = require('node:fs');
  const options = { module: { type: 'commonjs' }, jsc: { target: 'es2022', parser: { syntax: 'typescript' } } };
  require.extensions['.ts'] = (module, filename) =>
    module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
  require(process.argv[1]);
`;

export function startMain(path: string, env: Readonly<Record<string, string>>): StartedMain {
  const child = spawn(process.execPath, ['--conditions=source', '-e', runFromSource, path], {
    cwd: __dirname,
    env: { PATH: process.env['PATH'], ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    exited: new Promise((resolve) => child.once('close', resolve)),
    kill: (signal) => void child.kill(signal),
  };
}
