import { readFileSync } from 'node:fs';
import { AppError } from '@fanfare/core';

/** How a connection is encrypted. */
export interface UrlTls {
  /** The authorities that are trusted, in PEM; those that node trusts unless given. */
  readonly ca?: Buffer;
}

/**
 * Takes out of the query of a URL what every resource of ours understands: `tls=true` for an encrypted connection, and
 * `ca=/path/to/ca.pem` for one to a server whose certificate is of that authority. Undefined for a connection without
 * encryption, also with `tls=false`. Throws `invalid` when the file cannot be read, and for other values.
 */
export function takeTls(
  parameters: URLSearchParams,
  { isEncrypted = false }: { readonly isEncrypted?: boolean } = {},
): UrlTls | undefined {
  const [tls, caFile] = [parameters.get('tls'), parameters.get('ca')];
  parameters.delete('tls');
  parameters.delete('ca');
  if (tls !== null && !/^(true|false)$/.test(tls)) {
    throw new AppError('invalid', 'tls in a URL must be true or false');
  }
  if (tls === 'false' && (isEncrypted || caFile !== null)) {
    throw new AppError('invalid', 'tls in a URL must not be false where the rest of it asks for encryption');
  }
  if (caFile !== null) return { ca: readAuthority(caFile) };
  return tls === 'true' || isEncrypted ? {} : undefined;
}

function readAuthority(path: string): Buffer {
  try {
    const text = readFileSync(path);
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (cause) {
    throw new AppError('invalid', `the file ${path}, ca of a URL, cannot be read`, { cause });
  }
  throw new AppError('invalid', `the file ${path}, ca of a URL, holds no certificate`);
}
