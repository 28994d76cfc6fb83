import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A command, as it came by web hook. */
export interface ReceivedCommand {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** A status, with what a problem says; or nothing at all: then the command hangs. */
export type CommandAnswer = { readonly status: number; readonly detail?: string } | 'hang';

/** Stands in for all colleagues of a mediator: keeps the commands that it gets, and does what a test wants. */
export interface ColleagueStandIn extends AsyncDisposable {
  readonly url: string;
  readonly commands: readonly ReceivedCommand[];
  /** What is answered from now on; 200 unless it is told otherwise. */
  answer(script: (command: ReceivedCommand) => CommandAnswer): void;
  /** Answers 200 to all that hang. */
  release(): void;
}

export async function openColleagueStandIn(): Promise<ColleagueStandIn> {
  const commands: ReceivedCommand[] = [];
  let hanging: ServerResponse[] = [];
  let script: (command: ReceivedCommand) => CommandAnswer = () => ({ status: 200 });
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { 'ce-id': id, 'ce-type': type } = incoming.headers;
      const data = JSON.parse(Buffer.concat(chunks).toString()) as unknown;
      const command = { id: String(id), type: String(type), data };
      commands.push(command);
      const answer = script(command);
      if (answer === 'hang') hanging.push(response);
      else end(response, answer.status, { ...(answer.detail !== undefined && { detail: answer.detail }) });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    commands,
    answer(next) {
      script = next;
    },
    release() {
      for (const response of hanging) end(response, 200, {});
      hanging = [];
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
