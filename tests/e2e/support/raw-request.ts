import { once } from 'node:events';
import { connect } from 'node:net';
import type { Answer } from './http';

/** Sends bytes that need not be HTTP, and reads what comes back until the other side closes. */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const chunks: Buffer[] = [];
  const socket = connect({ host: hostname, port: Number(port || '80') });
  socket.setTimeout(20_000, () => socket.destroy(new Error('the service did not close the connection')));
  socket.write(bytes);
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  await once(socket, 'close');
  return parseAnswer(Buffer.concat(chunks).toString());
}

function parseAnswer(raw: string): Answer {
  const [head = '', text = ''] = raw.split('\r\n\r\n', 2);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const body: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
  return { status: Number(statusLine.split(' ')[1]), headers, text, body };
}
