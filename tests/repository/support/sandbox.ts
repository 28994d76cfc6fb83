import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './checkout';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder in which the scripts run as in a checkout, with stand-ins for the programs that they would start. */
export interface Sandbox extends Disposable {
  /** `scripts/stack.sh`; ended after `endAfter` is seen on its standard output, when that is given. */
  stack(
    command: string,
    options?: { readonly env?: NodeJS.ProcessEnv; readonly endAfter?: string },
  ): Promise<Outcome>;
  /** What the stand-ins were called with, one line each: `docker compose up`. */
  calls(): readonly string[];
  write(file: string, text: string): void;
  read(file: string): string;
  exists(file: string): boolean;
}

/** `programs`: the body of a shell script for each name; every call of it is noted first. */
export function createSandbox(programs: Readonly<Record<string, string>>): Sandbox {
  const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-stack-'));
  const inside = (file: string) => path.join(folder, file);
  for (const file of ['scripts/stack.sh', 'scripts/stack'])
    cpSync(path.join(root, file), inside(file), { recursive: true });
  for (const name of ['programs', 'node_modules']) mkdirSync(inside(name));
  writeFileSync(inside('package-lock.json'), '{}');
  for (const [name, body] of Object.entries(programs)) {
    const program = inside(`programs/${name}`);
    writeFileSync(program, `#!/bin/sh\necho "${name} $*" >>'${inside('calls')}'\n${body}\n`);
    chmodSync(program, 0o755);
  }

  return {
    stack: (command, { env, endAfter } = {}) =>
      runScript(inside('scripts/stack.sh'), [command], {
        env: { PATH: `${inside('programs')}:${process.env['PATH'] ?? ''}`, ...env },
        ...(endAfter !== undefined && { endAfter }),
      }),
    calls: () =>
      existsSync(inside('calls')) ? readFileSync(inside('calls'), 'utf8').trim().split('\n') : [],
    write(file, text) {
      mkdirSync(path.dirname(inside(file)), { recursive: true });
      writeFileSync(inside(file), text);
    },
    read: (file) => readFileSync(inside(file), 'utf8'),
    exists: (file) => existsSync(inside(file)),
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs a script of bash to its end. */
export function runScript(
  file: string,
  parameters: readonly string[],
  { env, endAfter }: { readonly env: NodeJS.ProcessEnv; readonly endAfter?: string },
): Promise<Outcome> {
  const child = spawn('bash', [file, ...parameters], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    if (endAfter !== undefined && stdout.includes(endAfter)) child.kill();
  });
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => {
    child.once('exit', (status) => setImmediate(resolve, { status, stdout, stderr }));
  });
}

/** Stands for all services at once: notes what it is asked and answers as it is told. */
export interface StandInService extends AsyncDisposable {
  /** The addresses of the services, for the scripts. */
  readonly env: Readonly<
    Record<'ORDER_URL' | 'ANALYTICS_URL' | 'EVENT_STORE_URL' | 'MEDIATOR_URL' | 'NOTIFICATION_URL', string>
  >;
  /** `POST /orders {"a":1}`, in the order of their arrival. */
  readonly requests: readonly string[];
}

export async function startStandIn(
  answer: (request: IncomingMessage) => readonly [status: number, body: unknown],
): Promise<StandInService> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`.trim());
      const [status, json] = answer(request);
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: {
      ORDER_URL: `${url}/o`,
      ANALYTICS_URL: `${url}/a`,
      EVENT_STORE_URL: `${url}/e`,
      MEDIATOR_URL: `${url}/m`,
      NOTIFICATION_URL: `${url}/n`,
    },
    requests,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
