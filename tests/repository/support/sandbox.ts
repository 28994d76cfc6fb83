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

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly endAfter?: string;
}

/** A folder in which the scripts run as in a checkout, with stand-ins for the programs that they would start. */
export interface Sandbox extends Disposable {
  /** A script; ended after `endAfter` is seen on its standard output, when that is given. */
  run(file: string, parameters?: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** `scripts/stack.sh`. */
  stack(command: string, options?: RunOptions): Promise<Outcome>;
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
  for (const file of ['test.sh', 'scripts/check-functions.sh', 'scripts/stack.sh', 'scripts/stack'])
    cpSync(path.join(root, file), inside(file), { recursive: true });
  for (const name of ['programs', 'node_modules']) mkdirSync(inside(name));
  writeFileSync(inside('package-lock.json'), '{}');
  for (const [name, body] of Object.entries(programs)) {
    const program = inside(`programs/${name}`);
    writeFileSync(program, `#!/bin/sh\necho "${name} $*" >>'${inside('calls')}'\n${body}\n`);
    chmodSync(program, 0o755);
  }

  const run: Sandbox['run'] = (file, parameters = [], { env, endAfter } = {}) =>
    runScript(inside(file), parameters, {
      env: { PATH: `${inside('programs')}:${process.env['PATH'] ?? ''}`, ...env },
      ...(endAfter !== undefined && { endAfter }),
    });

  return {
    run,
    stack: (command, options) => run('scripts/stack.sh', [command], options),
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

/** Runs a script of bash to its end, or until it is ended as Ctrl-C would: with all that it has started. */
export function runScript(
  file: string,
  parameters: readonly string[],
  { env, endAfter }: RunOptions,
): Promise<Outcome> {
  const child = spawn('bash', [file, ...parameters], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: endAfter !== undefined,
  });
  let [stdout, stderr, isEnded] = ['', '', false];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    if (endAfter === undefined || isEnded || !stdout.includes(endAfter)) return;
    isEnded = true;
    if (child.pid !== undefined) process.kill(-child.pid);
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
  readonly port: number;
}

/** Text is sent as it is, all else as JSON; null hangs up, as if nobody were there. */
export type Answer = readonly [status: number, body: unknown] | null;

export async function startStandIn(answer: (request: IncomingMessage) => Answer): Promise<StandInService> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      requests.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`.trim());
      const answered = answer(request);
      if (answered === null) {
        request.socket.destroy();
        return;
      }
      const [status, content] = answered;
      response.writeHead(status, { connection: 'close' });
      response.end(typeof content === 'string' ? content : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    port,
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
