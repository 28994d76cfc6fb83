import { once } from 'node:events';
import { copyFileSync, writeFileSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { useCertificates } from '@fanfare/storage/testing';
import { WebSocketServer } from 'ws';
import type { Upgrade } from '../hosting/service';
import { hostForTest, type HostForTestOptions } from '../testing/host-for-test';
import { sampleRoutes } from '../testing/sample-routes';
import { serviceWith } from '../testing/service-with';
import { openTraceCollector } from '../testing/trace-collector';
import { connectWebSocket } from '../testing/web-socket-client';
import { tlsFiles } from './tls';

const certificates = useCertificates();

/** Greets whoever comes. */
function createGreeter(): Upgrade {
  const server = new WebSocketServer({ noServer: true });
  return {
    path: '/ws',
    handle(incoming, socket, head) {
      server.handleUpgrade(incoming, socket, head, (webSocket) => {
        webSocket.send(JSON.stringify({ type: 'hello' }));
      });
    },
    close: async () => {
      for (const client of server.clients) client.close();
    },
  };
}

async function hostEncrypted(options: HostForTestOptions = {}) {
  const hosted = await hostForTest(() => serviceWith({ routes: sampleRoutes, upgrade: createGreeter() }), {
    ...options,
    edge: { tlsFiles: certificates.own },
  });
  const port = Number(new URL(hosted.url).port);
  const fetchFrom = (path: string, options: RequestOptions = {}) =>
    new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
      get(new URL(path, hosted.url), { ca: certificates.own.ca, agent: false, ...options }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, headers: response.headers });
      }).on('error', reject);
    });
  const open = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, ca: certificates.own.ca, ...options });
    await once(socket, 'secureConnect');
    return socket;
  };
  return { ...hosted, port, fetchFrom, open, [Symbol.asyncDispose]: () => hosted.stop() };
}

describe('a service with a certificate', () => {
  it('speaks HTTPS, says so in its URL, and tells browsers to come back that way only', async () => {
    await using service = await hostEncrypted();

    const { status, headers } = await service.fetchFrom('/orders/o-1');

    expect(service.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect([status, headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
  });

  it('says in traces that it was spoken to by HTTPS', async () => {
    await using collector = await openTraceCollector();
    await using service = await hostEncrypted({ tracing: { url: collector.url, sampleRatio: 1 } });
    await service.fetchFrom('/orders/o-1');

    await service.stop();

    expect(collector.spans.map(({ attributes }) => attributes['url.scheme'])).toContain('https');
  });

  it('is not believed by a client that trusts another authority', async () => {
    await using service = await hostEncrypted();

    await expect(service.fetchFrom('/orders/o-1', { ca: certificates.others.ca })).rejects.toThrow(
      /signature|certificate/,
    );
  });

  it('speaks TLS 1.2 and 1.3, nothing older, and no plain HTTP', async () => {
    await using service = await hostEncrypted();

    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await service.open({ minVersion: version, maxVersion: version });
      expect(socket.getProtocol()).toBe(version);
      socket.destroy();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(service.open(old)).rejects.toThrow(/alert|version|EPROTO|ECONNRESET/);

    const plain = connectPlain(service.port, '127.0.0.1');
    plain.on('error', () => undefined);
    let received = '';
    plain.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    plain.write('GET /orders/o-1 HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(plain, 'close');
    expect(received).not.toContain('HTTP/1.1 200');
    expect((await service.fetchFrom('/health/live')).status).toBe(200);
  });

  it('serves what offers another protocol as if it had not', async () => {
    await using service = await hostEncrypted();

    const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };

    expect((await service.fetchFrom('/orders/o-1', { headers })).status).toBe(200);
  });

  it('shows a renewed certificate on new connections, and keeps the old one when the new one is unfit', async () => {
    await using service = await hostEncrypted();
    const serialOf = async () => {
      const socket = await service.open({ rejectUnauthorized: false });
      const { serialNumber } = socket.getPeerCertificate();
      socket.destroy();
      return serialNumber;
    };
    const first = await serialOf();

    writeFileSync(certificates.own.certFile, 'no certificate');
    expect(() => {
      service.host.renewCertificate();
    }).toThrow('TLS_CERT_FILE and TLS_KEY_FILE are no certificate with its key');
    expect(await serialOf()).toBe(first);

    copyFileSync(certificates.others.certFile, certificates.own.certFile);
    copyFileSync(certificates.others.keyFile, certificates.own.keyFile);
    service.host.renewCertificate();
    expect(await serialOf()).not.toBe(first);

    writeFileSync(certificates.own.certFile, certificates.own.cert);
    writeFileSync(certificates.own.keyFile, certificates.own.key);
  });

  it('does not wait for a connection that a client has at hand and never used', async () => {
    const clock = createVirtualClock();
    await using service = await hostEncrypted({ clock });
    const closed = once(await service.open(), 'close');

    // its time to wait, of this clock, never passes
    await service.stop();

    await closed;
  });

  it('has its WebSocket encrypted too', async () => {
    await using service = await hostEncrypted();

    const { frames, socket } = await connectWebSocket(service.url, '', { ca: certificates.own.ca });

    expect(socket.url).toMatch(/^wss:/);
    await eventually(() => {
      expect(frames).toEqual([{ type: 'hello' }]);
    });
  });
});

describe('TLS_CERT_FILE and TLS_KEY_FILE', () => {
  it('are both or neither', () => {
    expect(tlsFiles({})).toBeUndefined();
    expect(
      tlsFiles({ TLS_CERT_FILE: certificates.own.certFile, TLS_KEY_FILE: certificates.own.keyFile }),
    ).toEqual({
      certFile: certificates.own.certFile,
      keyFile: certificates.own.keyFile,
    });
    expect(() => tlsFiles({ TLS_CERT_FILE: certificates.own.certFile })).toThrow('TLS_KEY_FILE is not set');
    expect(() => tlsFiles({ TLS_KEY_FILE: certificates.own.keyFile })).toThrow('TLS_CERT_FILE is not set');
  });

  it.each([
    [
      'that is not there',
      () => ({ TLS_CERT_FILE: '/nowhere/cert.pem' }),
      /TLS_CERT_FILE cannot be read: .*ENOENT/,
    ],
    [
      'of another certificate',
      () => ({ TLS_KEY_FILE: certificates.others.keyFile }),
      /no certificate with its key: .*mismatch/,
    ],
    ['that holds something else', () => ({ TLS_CERT_FILE: __filename }), /no certificate with its key/],
  ])('cannot name a file %s', (_, changes, expected) => {
    const env = { TLS_CERT_FILE: certificates.own.certFile, TLS_KEY_FILE: certificates.own.keyFile };

    expect(() => tlsFiles({ ...env, ...changes() })).toThrow(expected);
  });
});
