import type { Colleague } from '../colleague';
import type { MediatorEntry } from '../directory';
import type { MediatorKind } from '../mediator';

/** A mediator as the directory knows it, with colleagues of which only what matters is given. */
export function entryOf(
  kind: MediatorKind,
  colleagues: readonly (Pick<Colleague, 'id'> & Partial<Colleague>)[],
): MediatorEntry {
  const at = new Date('2026-01-01T00:00:00.000Z');
  return {
    mediator: { key: 1, name: 'm', kind, description: null, metadata: null, createdAt: at, updatedAt: at },
    colleagues: new Map(colleagues.map((colleague) => [colleague.id, colleagueOf(colleague)])),
  };
}

function colleagueOf({ id, ...rest }: Pick<Colleague, 'id'> & Partial<Colleague>): Colleague {
  return {
    id,
    name: id,
    type: 'service',
    handles: [],
    endpoint: null,
    secret: null,
    handshake: 'off',
    concurrency: 16,
    active: true,
    ...rest,
  };
}
