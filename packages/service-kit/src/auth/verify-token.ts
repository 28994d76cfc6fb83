import type { Clock } from '@fanfare/core';
import type { JWSHeaderParameters, JWTPayload } from 'jose' with { 'resolution-mode': 'import' };
import { z } from 'zod';
import { HttpProblem } from '../http/problem';
import type { JwtConfig } from './auth-settings';
import type { Caller } from './caller';
import { createKeySet } from './key-set';
import { loadJose } from './load-jose';
import { includedRoles, serviceMark } from './role';
import { invalidToken } from './unauthorised';

export interface VerifyTokenOptions {
  readonly config: JwtConfig;
  readonly clock: Clock;
  /** Told when the issuer's keys cannot be had. */
  readonly onFailure: (error: Error) => void;
}

/** Says who has brought a token. Throws 401 for one that does not count, 503 as long as nobody can say. */
export type VerifyToken = (token: string) => Promise<Caller>;

/** How far the clocks of issuer and service may be apart. */
const toleranceSeconds = 5;

/** Node lets no longer headers through, and a token of ours has a twentieth of it. */
const longestToken = 8_192;

const claimsForm = z.object({
  // it goes into logs and events: no control characters
  sub: z.string().regex(/^[^\p{C}]{1,255}$/u),
  exp: z.number(),
  iat: z.number().optional(),
  roles: z.array(z.string()).default([]),
  colleague: z
    .string()
    .regex(/^[^\s/]+\/[^\s/]+$/)
    .optional(),
});

/**
 * Checks tokens by the keys that are configured, and by nothing that stands in the token itself: the algorithm is one of
 * those keys', and what headers say of keys (`jwk`, `jku`, `x5c`) is not looked at.
 */
export async function createVerifyToken({
  config,
  clock,
  onFailure,
}: VerifyTokenOptions): Promise<VerifyToken> {
  const { secret, jwksUrl, issuer, audience, longestLifeMs } = config;
  const { jwtVerify } = await loadJose();
  const secretKey = secret === undefined ? undefined : Buffer.from(secret);
  const findKey = jwksUrl === undefined ? undefined : await createKeySet({ url: jwksUrl, clock, onFailure });

  const keyOf = async (header: JWSHeaderParameters) => {
    const key = header.alg === 'HS256' ? secretKey : await findKey?.(header);
    if (!key) throw invalidToken('the token is signed by an algorithm that is not in use here');
    return key;
  };
  const fixed = {
    algorithms: [...(secretKey ? ['HS256'] : []), ...(findKey ? ['RS256', 'ES256'] : [])],
    requiredClaims: ['sub', 'exp', ...(longestLifeMs > 0 ? ['iat'] : [])],
    clockTolerance: toleranceSeconds,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };

  return async function verifyToken(token) {
    if (token.length > longestToken) throw invalidToken('the token is too long');
    const now = clock.now();
    try {
      const { payload } = await jwtVerify(token, keyOf, { ...fixed, currentDate: now });
      return toCaller(payload, { now, longestLifeMs });
    } catch (error) {
      if (error instanceof HttpProblem) throw error;
      throw invalidToken(describe(error));
    }
  };
}

interface LifeRule {
  readonly now: Date;
  readonly longestLifeMs: number;
}

function toCaller(payload: JWTPayload, { now, longestLifeMs }: LifeRule): Caller {
  const result = claimsForm.safeParse(payload);
  if (!result.success) {
    const claims = result.error.issues.map(({ path: [claim] }) => String(claim));
    throw invalidToken(`the token has a wrong claim: ${claims.join(', ')}`);
  }
  const { sub, exp, iat, roles, colleague } = result.data;
  if (longestLifeMs > 0 && iat !== undefined) {
    if (iat * 1000 > now.getTime() + toleranceSeconds * 1000) {
      throw invalidToken('the token was issued in the future');
    }
    if ((exp - iat) * 1000 > longestLifeMs) {
      throw invalidToken('the token lives longer than TOKEN_EXPIRY allows');
    }
  }
  return {
    subject: sub,
    roles: includedRoles(roles),
    colleague,
    expiresAtMs: exp * 1000,
    ...(roles.includes(serviceMark) && { isService: true }),
  };
}

/** What a client is told: enough to mend what is its own fault, nothing about keys. */
function describe(error: unknown): string {
  const { code, claim } = (error ?? {}) as { readonly code?: string; readonly claim?: string };
  if (code === 'ERR_JWT_EXPIRED') return 'the token has expired';
  if (code === 'ERR_JWT_CLAIM_VALIDATION_FAILED') return `the token has a wrong claim: ${String(claim)}`;
  return 'the token is not signed by a key that counts here, or is no token';
}
