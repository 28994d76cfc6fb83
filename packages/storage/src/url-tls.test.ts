import { once } from 'node:events';
import type { Socket } from 'node:net';
import { openCache } from './open-cache';
import { openDatabase } from './open-database';
import { openEventLog } from './open-event-log';
import {
  describeEncryptedConnections,
  useCertificates,
  type EncryptedResource,
} from './testing/encrypted-connections.contract';
import { takeTls } from './url-tls';

const resources: readonly EncryptedResource[] = [
  {
    name: 'MySQL',
    url: (port, query) => `mysql://u:p@localhost:${port}/orders?${query}`,
    open: openDatabase,
    greet: greetAsMysql,
  },
  { name: 'Redis', url: (port, query) => `redis://localhost:${port}/0?${query}`, open: openCache },
  {
    name: 'Redis, by its scheme',
    url: (port, query) => `rediss://localhost:${port}/0?${query}`,
    open: openCache,
  },
  {
    name: 'MongoDB',
    url: (port, query) => `mongodb://localhost:${port}/events?${query}`,
    open: openEventLog,
  },
];

/** The handshake of version 10, which says that the server knows TLS; and what the client asks for it with. */
async function greetAsMysql(socket: Socket): Promise<void> {
  const clientSsl = 0x0800;
  const protocol41 = 0x0200;
  const secureConnection = 0x8000;
  const pluginAuth = 0x0008;
  const capabilities = clientSsl | protocol41 | secureConnection;
  const payload = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.4.0\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('12345678\0'),
    Buffer.from([capabilities & 0xff, capabilities >> 8, 45, 2, 0, pluginAuth, 0, 21]),
    Buffer.alloc(10),
    Buffer.from('123456789012\0'),
    Buffer.from('mysql_native_password\0'),
  ]);
  socket.write(Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), payload]));
  await once(socket, 'readable');
  // the request for TLS: a header of 4 bytes and 32 more; the rest is the handshake
  socket.read(36);
}

describeEncryptedConnections(resources);

describe.each(resources)('a connection to $name', ({ url, open }) => {
  const certificates = useCertificates();

  it('is not even tried with a file that holds no certificate', async () => {
    await expect(open(url(1, `ca=${certificates.own.keyFile}`))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching('ca of a URL, holds no certificate') as string,
    });
  });
});

describe('takeTls', () => {
  const take = (query: string) => {
    const parameters = new URLSearchParams(query);
    return { tls: takeTls(parameters), left: parameters.toString() };
  };

  it('leaves what is not its own', () => {
    expect(take('pool=5')).toEqual({ tls: undefined, left: 'pool=5' });
    expect(take('tls=true&pool=5')).toEqual({ tls: {}, left: 'pool=5' });
    expect(take('tls=false')).toEqual({ tls: undefined, left: '' });
  });

  it('takes no word for true, so that nothing is sent without encryption by mistake', () => {
    expect(() => take('tls=yes')).toThrow('tls in a URL must be true or false');
    expect(() => take('tls=false&ca=/nowhere.pem')).toThrow('must not be false');
    expect(() => take('ca=/nowhere.pem')).toThrow('cannot be read');
  });
});
