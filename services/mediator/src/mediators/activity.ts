import type { Registration } from './colleague-store';

/**
 * When a colleague becomes inactive if it makes no call: null for one that is called at its endpoint, which never does, and
 * for one that was set inactive, which is.
 */
export function silentAt(
  { settings, isEnabled, lastActivity }: Registration,
  inactiveTimeoutMs: number,
): number | null {
  return isEnabled && settings.endpoint === null ? lastActivity.getTime() + inactiveTimeoutMs : null;
}

/** Whether messages may be sent to a colleague: nobody has set it inactive, and it has not been silent for too long. */
export function isActive(registration: Registration, inactiveTimeoutMs: number, now: Date): boolean {
  const at = silentAt(registration, inactiveTimeoutMs);
  return at === null ? registration.isEnabled : now.getTime() < at;
}
