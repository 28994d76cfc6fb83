import { readEnvironment, type Setting } from '../config/config';
import { trustedProxies } from '../limits/client-address';
import { rateLimit, type RateLimit } from '../limits/rate-limit';
import { corsOrigins } from './cors-settings';
import { tlsFiles, type TlsFiles } from './tls';

/** What all services of a process have between the network and their routes. */
export interface EdgeConfig {
  /** Undefined for no limit. */
  readonly rateLimit?: RateLimit | undefined;
  readonly trustedProxies?: readonly string[];
  readonly corsOrigins?: readonly string[];
  /** Undefined for HTTP without encryption. */
  readonly tlsFiles?: TlsFiles | undefined;
}

/** Reads `RATE_LIMIT_…`, `TRUST_PROXY`, `CORS_ORIGINS` and `TLS_…`. */
export const edgeSettings: Setting<EdgeConfig> = (env) =>
  readEnvironment({ rateLimit, trustedProxies, corsOrigins, tlsFiles }, env);
