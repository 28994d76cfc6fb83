import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority with the certificate that it gave to 127.0.0.1 and localhost, all as PEM files. */
export interface TestCertificates extends Disposable {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority and a certificate with `openssl`, valid for a day; `host` has another server's name in it. */
export function makeCertificates({ host = 'localhost' } = {}): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'fanfare-certificates-'));
  const file = (name: string) => join(folder, name);
  const openssl = (...parameters: readonly string[]) => {
    execFileSync('openssl', parameters, { stdio: 'pipe' });
  };
  const [caFile, caKeyFile, certFile, keyFile] = ['ca.pem', 'ca.key', 'cert.pem', 'cert.key'].map(file) as [
    string,
    string,
    string,
    string,
  ];
  const names = host === 'localhost' ? 'DNS:localhost,IP:127.0.0.1' : `DNS:${host}`;
  writeFileSync(file('names'), `subjectAltName=${names}\n`);
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '1',
    '-subj',
    '/CN=Test CA',
    '-keyout',
    caKeyFile,
    '-out',
    caFile,
  );
  openssl('req', ...newKey, '-subj', `/CN=${host}`, '-keyout', keyFile, '-out', file('request'));
  openssl(
    ...['x509', '-req', '-days', '1', '-in', file('request'), '-CA', caFile, '-CAkey', caKeyFile],
    ...['-CAcreateserial', '-extfile', file('names'), '-out', certFile],
  );
  return {
    caFile,
    certFile,
    keyFile,
    ca: readFileSync(caFile),
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
