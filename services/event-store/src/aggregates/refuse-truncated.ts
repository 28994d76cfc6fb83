import { HttpProblem } from '@fanfare/service-kit';
import { VersionTruncated } from './load-aggregate';

/** For routes that load aggregates: `loadAggregate(…).catch(refuseTruncated)`. */
export function refuseTruncated(error: unknown): never {
  if (error instanceof VersionTruncated) throw new HttpProblem(410, error.message, { code: 'truncated' });
  throw error;
}
