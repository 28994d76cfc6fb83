import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerAddress } from 'smtp-server';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real HTTP server that remembers what it gets and answers as it is told: with a status, or never (null). */
export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
}

export async function startHttpReceiver(
  statusOf: (request: ReceivedRequest, number: number) => number | null = () => 204,
  beforeAnswer: () => Promise<void> = () => Promise.resolve(),
): Promise<HttpReceiver> {
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const received = { path, headers, body: Buffer.concat(chunks).toString('utf8') };
      requests.push(received);
      const status = statusOf(received, requests.length);
      if (status === null) return;
      void beforeAnswer().then(() => response.writeHead(status, { location: '/elsewhere' }).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface ReceivedMail {
  readonly to: readonly string[];
  readonly source: string;
}

/** A real SMTP server that keeps the mails it accepts. */
export interface MailReceiver extends AsyncDisposable {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
}

export interface MailReceiverOptions {
  readonly port?: number;
  /** The reply code to a recipient; 250 takes it. */
  readonly codeOf?: (address: string) => number;
  /** What it waits for before that reply. */
  readonly beforeReply?: () => Promise<void>;
}

export async function startMailReceiver({
  port = 0,
  codeOf = () => 250,
  beforeReply = () => Promise.resolve(),
}: MailReceiverOptions = {}): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    closeTimeout: 100,
    onRcptTo({ address }, _session, callback) {
      const responseCode = codeOf(address);
      const refused = Object.assign(new Error(`<${address}> is not taken`), { responseCode });
      void beforeReply().then(() => {
        callback(responseCode === 250 ? null : refused);
      });
    },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push({ to: envelope.rcptTo.map(addressOf), source: Buffer.concat(chunks).toString('utf8') });
        callback();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

function addressOf({ address }: SMTPServerAddress): string {
  return address;
}

/** A port on which nothing listens, until a test lets something. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
