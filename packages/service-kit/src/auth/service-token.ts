import type { Clock } from '@fanfare/core';
import type { AuthConfig, JwtConfig } from './auth-settings';
import { createFileToken } from './file-token';
import { loadJose } from './load-jose';
import { serviceMark } from './role';

/** The token with which a service calls the others; undefined when there is none. */
export type ServiceToken = () => Promise<string | undefined>;

/** A token that was given to a service, or the file that holds one, which others write anew before it ends. */
export type GivenToken = { readonly token: string } | { readonly file: string };

export interface ServiceTokenOptions {
  readonly auth: AuthConfig;
  /** Counts before one that the service makes for itself. */
  readonly given?: GivenToken | undefined;
  /** Who it is that calls; asked when a token is made. */
  readonly subjectOf: () => string;
  readonly clock: Clock;
}

const longestLifeSeconds = 300;
/** One that is so near its end is not used any more: the call must arrive, and clocks differ. */
const longestReserveSeconds = 30;

/** A service that has the secret makes its tokens for itself, so that none of them lives long. */
export function createServiceToken({ auth, given, subjectOf, clock }: ServiceTokenOptions): ServiceToken {
  if (given) return 'file' in given ? createFileToken(given.file, clock) : async () => given.token;
  if (auth.mode === 'disabled' || auth.secret === undefined) return async () => undefined;
  return createOwnToken(auth, auth.secret, { subjectOf, clock });
}

function createOwnToken(
  { issuer, audience, longestLifeMs }: JwtConfig,
  secret: string,
  { subjectOf, clock }: Pick<ServiceTokenOptions, 'subjectOf' | 'clock'>,
): ServiceToken {
  const allowedSeconds = longestLifeMs === 0 ? longestLifeSeconds : Math.floor(longestLifeMs / 1_000);
  const lifeSeconds = Math.min(longestLifeSeconds, allowedSeconds);
  const reserveSeconds = Math.min(longestReserveSeconds, lifeSeconds / 2);
  let made = { token: '', untilSeconds: 0 };

  return async () => {
    const now = Math.floor(clock.now().getTime() / 1000);
    if (now < made.untilSeconds) return made.token;
    const { SignJWT } = await loadJose();
    const claims = {
      sub: subjectOf(),
      roles: ['operator', serviceMark],
      iat: now,
      exp: now + lifeSeconds,
      ...(issuer !== undefined && { iss: issuer }),
      ...(audience !== undefined && { aud: audience }),
    };
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
    made = { token, untilSeconds: now + lifeSeconds - reserveSeconds };
    return token;
  };
}
