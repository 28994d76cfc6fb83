import { createHmac } from 'node:crypto';
import type { JwtConfig } from '../auth/auth-settings';

/** What tokens of tests are signed with. */
export const testSecret = 'a secret of the tests that is long enough';

/** Asks for tokens of `tokenFor`. */
export const authForTest: JwtConfig = { mode: 'jwt', secret: testSecret, longestLifeMs: 86_400_000 };

const hourSeconds = 3_600;

/** A token of an hour that counts under `authForTest`, signed without the library that checks it. Undefined takes a claim away. */
export function tokenFor(claims: Readonly<Record<string, unknown>>, now = new Date()): string {
  const iat = Math.floor(now.getTime() / 1000);
  return signToken({ alg: 'HS256', typ: 'JWT' }, { sub: 'tester', iat, exp: iat + hourSeconds, ...claims });
}

/** A token of any header and payload with an HMAC behind them. */
export function signToken(header: object, payload: unknown, secret: string | Buffer = testSecret): string {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/** The header of a request. */
export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

function encode(part: unknown): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}
