import type { Clock } from '@fanfare/core';
import type { JwtConfig } from '../auth/auth-settings';
import { createVerifyToken, type VerifyToken } from '../auth/verify-token';
import { createIssuerKey } from './issuer';
import { authForTest } from './tokens';

/** Keys of issuers. */
export const rsa = createIssuerKey('rsa-1', 'RS256');
export const ec = createIssuerKey('ec-1', 'ES256');

/** Of a token that counts for a minute. */
export function claimsAt(now: Date, more: object = {}): object {
  const iat = Math.floor(now.getTime() / 1000);
  return { sub: 'ann', iat, exp: iat + 60, ...more };
}

export function openVerifier(clock: Clock, config: Partial<JwtConfig> = {}): Promise<VerifyToken> {
  return createVerifyToken({ config: { ...authForTest, ...config }, clock, onFailure: () => undefined });
}

/** What is thrown for a token that does not count. */
export function refused(detail: string): unknown {
  return expect.objectContaining({ status: 401, detail: expect.stringContaining(detail) as string });
}
