import { z } from 'zod';
import { ConfigError, readEnvironment, variable, type Setting } from '../config/config';
import { duration } from '../config/value-schemas';

/** How callers show who they are. */
export type AuthConfig = { readonly mode: 'disabled' } | JwtConfig;

/** Callers bring JSON Web Tokens (RFC 7519), signed with one of the keys. */
export interface JwtConfig {
  readonly mode: 'jwt';
  /** For HS256. */
  readonly secret?: string | undefined;
  /** Where the issuer's public keys are, for RS256 and ES256. */
  readonly jwksUrl?: string | undefined;
  /** Checked when set. */
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  /** The longest accepted time from `iat` to `exp`; 0 for any. */
  readonly longestLifeMs: number;
}

const dayMs = 86_400_000;

const settings = {
  mode: variable('AUTH_MODE', z.enum(['disabled', 'jwt'], 'must be disabled or jwt').default('disabled')),
  secret: variable('JWT_SECRET', z.string().optional()),
  jwksUrl: variable('JWKS_URL', z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional()),
  issuer: variable('JWT_ISSUER', z.string().optional()),
  audience: variable('JWT_AUDIENCE', z.string().optional()),
  longestLifeMs: variable('TOKEN_EXPIRY', duration().default(dayMs)),
};

/** Reads `AUTH_MODE` and what belongs to it. Under `jwt` there must be a key that is worth the name. */
export const authSettings: Setting<AuthConfig> = (env) => {
  const { mode, ...jwt } = readEnvironment(settings, env);
  if (mode === 'disabled') return { mode };
  const problem = findKeyProblem(jwt);
  if (problem !== undefined) throw new ConfigError([problem]);
  return { mode, ...jwt };
};

/** What every copy of the seeds' documentation holds. */
export const documentedSecret = 'your-secret-key';

/** RFC 7518, §3.2: as long as the hash. */
const shortestSecretBytes = 32;

function findKeyProblem({ secret, jwksUrl }: Omit<JwtConfig, 'mode'>): string | undefined {
  if (secret === undefined && jwksUrl === undefined) {
    return (
      'AUTH_MODE is "jwt" and there is no key: set JWT_SECRET, with which tokens are signed (HS256), ' +
      "or JWKS_URL, where the issuer's public keys are (RS256, ES256)"
    );
  }
  if (secret === documentedSecret) {
    return 'JWT_SECRET is the value that every copy of the documentation holds and must be changed: make one with openssl rand -base64 48';
  }
  if (secret !== undefined && Buffer.byteLength(secret) < shortestSecretBytes) {
    return 'JWT_SECRET is too short: HS256 needs 32 bytes at least; make one with openssl rand -base64 48';
  }
  return undefined;
}
