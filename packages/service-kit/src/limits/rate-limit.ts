import { lookUp, readEnvironment, variable, type Setting } from '../config/config';
import { rateLimitUrl } from '../config/resource-urls';
import { duration, flag } from '../config/value-schemas';
import { wholeNumber } from '../config/whole-number';

/** How many requests of one kind a client may send in a window. */
export interface Budget {
  readonly name: string;
  readonly requests: number;
}

/** How much each client may ask of a service. */
export interface RateLimit {
  readonly windowMs: number;
  /** GET and HEAD. */
  readonly reads: Budget;
  /** All others. The same budget as `reads` where both are counted together. */
  readonly writes: Budget;
  /** Where instances count together; `memory:` where each counts alone. */
  readonly url: string;
}

/** What a client may do unless `RATE_LIMIT_REQUESTS` says otherwise. */
const usual = {
  windowMs: 1_000,
  reads: { name: 'reads', requests: 1_000 },
  writes: { name: 'writes', requests: 100 },
};

const settings = {
  isEnabled: variable('RATE_LIMIT_ENABLED', flag().optional()),
  requests: variable('RATE_LIMIT_REQUESTS', wholeNumber({ max: 1_000_000_000 }).optional()),
  windowMs: variable(
    'RATE_LIMIT_WINDOW',
    duration()
      .default(60_000)
      .refine((ms) => ms > 0, 'must be longer than nothing'),
  ),
};

const readUrl = rateLimitUrl();

/**
 * `RATE_LIMIT_REQUESTS` of any kind in each `RATE_LIMIT_WINDOW`, 0 for any number; without it 1,000 reads and 100 writes a
 * second. `RATE_LIMIT_ENABLED` switches the limit on or off; unless it is set there is one where `RATE_LIMIT_REQUESTS` is
 * given or clients need tokens. Undefined for no limit.
 */
export const rateLimit: Setting<RateLimit | undefined> = (env) => {
  const { isEnabled, requests, windowMs } = readEnvironment(settings, env);
  const isUsual = lookUp(env, 'AUTH_MODE')?.value === 'jwt';
  if (requests === 0 || !(isEnabled ?? (requests !== undefined || isUsual))) return undefined;
  const url = readUrl(env);
  if (requests === undefined) return { ...usual, url };
  const budget = { name: 'requests', requests };
  return { windowMs, reads: budget, writes: budget, url };
};
