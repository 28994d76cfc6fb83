import { eventually } from '@fanfare/core/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { findFreePort } from './free-port';

/** The checkout: npm and make run everything there. */
const root = process.cwd();

export type ServiceName =
  | 'order-service'
  | 'analytics-service'
  | 'notification-worker'
  | 'event-store'
  | 'mediator'
  | 'demo-colleagues';

/** One service as its own process, as it runs in production: the built code, its own environment. */
export interface ServiceProcess {
  readonly url: string;
  start(): Promise<void>;
  /** Resolves when the service says that it is ready. */
  untilReady(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

type Environment = Readonly<Record<string, string>>;

/** Describes a process of `service` on a free port; nothing runs before `start`, which asks what is only known `later`. */
export async function createServiceProcess(
  service: ServiceName,
  environment: Environment,
  later: () => Environment = () => ({}),
): Promise<ServiceProcess> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    const ending = child;
    if (ending?.exitCode !== null || ending.signalCode !== null) return ending?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    return ended;
  }

  return {
    url,
    async start() {
      const folder = path.join(root, '.run/processes');
      mkdirSync(folder, { recursive: true });
      const log = openSync(path.join(folder, `${service}-${port}.log`), 'a');
      child = spawn(process.execPath, [`services/${service}/dist/main.js`], {
        cwd: root,
        env: { PATH: process.env['PATH'], SERVICE_PORT: String(port), ...environment, ...later() },
        // not through a pipe: whoever measures the service would pay for each line of it
        stdio: ['ignore', log, log],
      });
      closeSync(log);
    },
    async untilReady() {
      await eventually(
        async () => {
          const { status } = await fetch(`${url}/health/ready`);
          if (status !== 200) throw new Error(`${service} is not ready: ${status}`);
        },
        { timeoutMs: 60_000, everyMs: 50 },
      );
    },
    async kill() {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}
