import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateKeyPairSync, sign, type JsonWebKey, type KeyObject } from 'node:crypto';

/** A key pair of an issuer. */
export interface IssuerKey {
  readonly jwk: JsonWebKey & { readonly kid: string; readonly alg: string };
  readonly publicKey: KeyObject;
  /** Signs a token of this header and payload. */
  sign(payload: object, header?: object): string;
}

/** An issuer whose public keys can be had over HTTP. */
export interface IssuerForTest extends AsyncDisposable {
  readonly url: string;
  /** What it answers: a set of these keys. */
  keys: readonly IssuerKey[];
  /** It answers 500. */
  isAway: boolean;
  /** How often it was asked. */
  readonly asked: number;
}

export function createIssuerKey(kid: string, alg: 'RS256' | 'ES256', bits = 2048): IssuerKey {
  const { publicKey, privateKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: bits })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg },
    publicKey,
    sign(payload, header = {}) {
      const signed = `${encode({ alg, kid, ...header })}.${encode(payload)}`;
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
  };
}

export async function openIssuer(...keys: readonly IssuerKey[]): Promise<IssuerForTest> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.statusCode = issuer.isAway ? 500 : 200;
    response.end(JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const issuer: IssuerForTest = {
    url: `http://127.0.0.1:${port}/keys`,
    keys,
    isAway: false,
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}
