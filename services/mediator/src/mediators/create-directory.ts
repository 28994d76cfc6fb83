import type { Clock } from '@fanfare/core';
import type { Database, Queries } from '@fanfare/storage';
import { isActive, silentAt } from './activity';
import type { Colleague } from './colleague';
import { colleagueStore, type Registration } from './colleague-store';
import type { Directory, MediatorEntry } from './directory';
import { fromMediatorRow, mediatorStore, type MediatorState } from './mediator-store';
import type { MediatorRow } from './mediator-tables';
import { noSuchMediator } from './not-found';
import { requireColleague } from './require-kind';

export interface DirectoryDeps {
  readonly database: Pick<Database, 'queries'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly inactiveTimeoutMs: number;
}

/** What was read of a mediator at some revision. */
interface Known {
  readonly revision: string;
  readonly entry: MediatorEntry;
  /** From then on somebody may be inactive, or who is may have called at another instance. */
  readonly goodUntil: number;
}

/** Calls that follow each other more closely than this part of INACTIVE_TIMEOUT are noted once: who polls would write all the time. */
const noteEvery = 1 / 10;

/** While somebody is silent: who returns at another instance is active here so much later at the latest. */
const lookForReturnedEveryMs = 1_000;

/** More than there are by far; those of removed mediators have to go at some time. */
const maxKnown = 10_000;

/** Keeps what it has read for as long as the revision of the mediator, which is read each time, stays the same. */
export function createDirectory({ database, clock, inactiveTimeoutMs }: DirectoryDeps): Directory {
  const known = new Map<number, Known>();
  const lastNoted = new WeakMap<Colleague, number>();
  const restMs = inactiveTimeoutMs * noteEvery;
  let returns = 0;

  async function look(
    queries: Queries,
    state: MediatorState | undefined,
  ): Promise<MediatorEntry | undefined> {
    if (!state) return undefined;
    const { mediator_key: key, revision } = state;
    const kept = known.get(key);
    if (kept?.revision === revision && clock.now().getTime() < kept.goodUntil) return kept.entry;
    const returnsBefore = returns;
    const row = await mediatorStore.findByKey(queries, key);
    if (!row) return undefined;
    const fresh = toKnown(row, await colleagueStore.all(queries, key));
    // who has returned meanwhile may have been read as silent
    if (returns !== returnsBefore) return fresh.entry;
    if (known.size >= maxKnown) known.clear();
    known.set(key, fresh);
    return fresh.entry;
  }

  function toKnown(row: MediatorRow, registrations: readonly Registration[]): Known {
    const now = clock.now();
    const lookAgainAt = now.getTime() + lookForReturnedEveryMs;
    const colleagues = new Map<string, Colleague>();
    let goodUntil = Infinity;
    for (const registration of registrations) {
      const { settings, lastActivity } = registration;
      const colleague = { ...settings, active: isActive(registration, inactiveTimeoutMs, now) };
      colleagues.set(settings.id, colleague);
      lastNoted.set(colleague, lastActivity.getTime());
      const changesAt = silentAt(registration, inactiveTimeoutMs) ?? Infinity;
      goodUntil = Math.min(goodUntil, colleague.active ? changesAt : Math.max(changesAt, lookAgainAt));
    }
    return { revision: row.revision, entry: { mediator: fromMediatorRow(row), colleagues }, goodUntil };
  }

  return {
    async find(name) {
      const { queries } = database;
      return required(await look(queries, await mediatorStore.findState(queries, name)), name);
    },
    async enter(tx, name) {
      return required(await look(tx.queries, await mediatorStore.share(tx, name)), name);
    },
    async enterByKey(tx, key) {
      return (await look(tx.queries, await mediatorStore.shareByKey(tx, key))) ?? null;
    },
    async noteCall(entry, colleagueId) {
      const colleague = requireColleague(entry, colleagueId);
      const now = clock.now();
      if (now.getTime() - (lastNoted.get(colleague) ?? -Infinity) < restMs) return;
      lastNoted.set(colleague, now.getTime());
      const { key } = entry.mediator;
      await colleagueStore.noteActivity(database.queries, key, colleagueId, now);
      if (colleague.active) return;
      returns += 1;
      known.delete(key);
    },
  };
}

function required(entry: MediatorEntry | undefined, name: string): MediatorEntry {
  if (!entry) throw noSuchMediator(name);
  return entry;
}
