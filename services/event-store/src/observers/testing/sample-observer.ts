import type { Observer } from '../observer';

/** An observer with the settings that one has who asks for nothing in particular, but for the given parts. */
export function sampleObserver(parts: Partial<Observer> = {}): Observer {
  return {
    id: 'o-1',
    eventTypes: ['*'],
    isAsync: true,
    isEnabled: true,
    startFrom: 'now',
    endpoint: null,
    secrets: [],
    filters: [],
    transform: null,
    batch: null,
    rateLimit: null,
    concurrency: 1,
    handshake: 'off',
    retry: { maxAttempts: 3, delayMs: 1_000, factor: 2, maxDelayMs: 60_000 },
    breaker: { failures: 5, openMs: 60_000 },
    timeoutMs: 10_000,
    description: null,
    metadata: {},
    createdAt: new Date('2026-01-01T00:00:00.000Z'),
    updatedAt: new Date('2026-01-01T00:00:00.000Z'),
    revision: 1,
    ...parts,
  };
}
