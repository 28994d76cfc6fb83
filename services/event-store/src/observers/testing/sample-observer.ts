import { newObserver, type Observer } from '../observer';

/** An observer of everything that asks for nothing in particular, but for the given parts. */
export function sampleObserver(parts: Partial<Observer> = {}): Observer {
  return { ...newObserver('o-1', new Date('2026-01-01T00:00:00.000Z')), eventTypes: ['*'], ...parts };
}
