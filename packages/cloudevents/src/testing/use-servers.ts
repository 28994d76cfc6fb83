import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a server was sent. */
export interface SentRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly socket: Socket;
}

/** What a server answers; `undefined` leaves the request without an answer. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Servers on free local ports, closed after each test. */
export interface Servers {
  /** An HTTP server; resolves to its URL. */
  answer(reply: (request: SentRequest) => Reply | undefined | Promise<Reply>): Promise<string>;
  /** A server that does with a connection what it likes; resolves to its URL. */
  connect(onConnection: (socket: Socket) => void): Promise<string>;
  /** Closes this too after the test, before the servers. */
  own<T extends { close(): Promise<void> }>(resource: T): T;
}

/** Registers the closing with jest, so it is called where tests are described. */
export function useServers(): Servers {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function listen(server: Server | HttpServer): Promise<string> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  return {
    answer: (reply) =>
      listen(
        createServer((request, response) => {
          void (async () => {
            const { method, url: path, headers, socket } = request;
            const body = Buffer.concat(await request.toArray());
            const answer = await reply({ method, path, headers, body, socket });
            if (answer) response.writeHead(answer.status, answer.headers).end(answer.body);
          })();
        }),
      ),
    connect: (onConnection) => listen(createTcpServer(onConnection)),
    own(resource) {
      closers.push(() => resource.close());
      return resource;
    },
  };
}

/** A port on which nobody listens. */
export async function findFreePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
