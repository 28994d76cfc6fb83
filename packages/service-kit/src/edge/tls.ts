import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { toError } from '@fanfare/core';
import { ConfigError, lookUp, type Setting } from '../config/config';

/** Where the certificate and its key are, in PEM; the certificate followed by those that lead to its authority. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a server shows to its clients. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** `TLS_CERT_FILE` and `TLS_KEY_FILE`, with which the services speak HTTPS; undefined without them. */
export const tlsFiles: Setting<TlsFiles | undefined> = (env) => {
  const certFile = lookUp(env, 'TLS_CERT_FILE')?.value;
  const keyFile = lookUp(env, 'TLS_KEY_FILE')?.value;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) throw new ConfigError(['TLS_CERT_FILE is not set: TLS_KEY_FILE needs it']);
  if (keyFile === undefined) throw new ConfigError(['TLS_KEY_FILE is not set: TLS_CERT_FILE needs it']);
  readCertificate({ certFile, keyFile });
  return { certFile, keyFile };
};

/** Throws `ConfigError` when the files cannot be read or do not fit each other. */
export function readCertificate({ certFile, keyFile }: TlsFiles): Certificate {
  const cert = readFile('TLS_CERT_FILE', certFile);
  const key = readFile('TLS_KEY_FILE', keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = toError(error).message;
    throw new ConfigError([`TLS_CERT_FILE and TLS_KEY_FILE are no certificate with its key: ${reason}`]);
  }
  return { cert, key };
}

function readFile(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError([`${variable} cannot be read: ${toError(error).message}`]);
  }
}
