import { spawn } from 'node:child_process';
import path from 'node:path';
import { findFreePort } from '../../tests/support/free-port';

export interface BenchServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts one of the servers beside this file in a process of its own, and resolves when it answers. */
export async function startServer(
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [path.join(__dirname, `${name}.js`)], {
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', SERVICE_PORT: String(port), ...environment },
    // its log is written, as that of any service, and looked at by nobody
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  for (;;) {
    try {
      await fetch(url);
      break;
    } catch {
      if (child.exitCode !== null) throw new Error(`the server ${name} ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    url,
    async stop() {
      child.kill();
      await ended;
    },
  };
}
