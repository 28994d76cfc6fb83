import { hasCode } from '@fanfare/core';
import type { Sealer } from '../sealing/sealer';
import type { StoredEvent } from './commit-store';
import { openEvent, sealedSalt } from './seal-commits';

/** Only what says that it is sealed counts as such: anything else must be the data that was appended. */
export function isUnopened({ salt, data }: StoredEvent, sealer: Sealer): boolean {
  return salt === sealedSalt && data !== null && !sealer.canOpen(data);
}

/** Null when it is not what was sealed. */
export function tryToOpen(event: StoredEvent, sealer: Sealer): StoredEvent | null {
  try {
    return openEvent(event, sealer);
  } catch (error) {
    if (hasCode(error, 'internal')) return null;
    throw error;
  }
}
