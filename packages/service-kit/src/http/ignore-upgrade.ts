import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** What only concerns the protocol that the connection shall change to. */
const upgradeHeaders = new Set(['upgrade', 'http2-settings']);

/**
 * Serves a request that offers a protocol which is not spoken here as if it had not (RFC 9110 §7.8): Java's client, for
 * one, offers HTTP/2 with every request. Once a server has an `upgrade` listener, node takes each offer for accepted and
 * lets go of the connection; so the request is put back in front of what follows it, and the connection handed over anew.
 */
export function ignoreUpgrade(server: Server, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method = 'GET', url = '/', httpVersion, rawHeaders } = incoming;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (name.toLowerCase() === 'connection') lines.push(`${name}: ${withoutUpgrade(value)}`);
    else if (!upgradeHeaders.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  // headers are bytes that node reads as Latin-1
  const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  socket.unshift(Buffer.concat([request, head]));
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

/** The options of a connection, but for those that name a header of an upgrade. */
function withoutUpgrade(options: string): string {
  const kept = options.split(',').filter((option) => !upgradeHeaders.has(option.trim().toLowerCase()));
  return kept.join(',');
}
