import type { CloudEvent } from '@fanfare/cloudevents';
import { AppError, type Clock } from '@fanfare/core';
import type { Database, EventLog, Transaction } from '@fanfare/storage';
import type { DeliveryStates } from '../deliveries/delivery-states';
import type { Signals } from '../live/signals';
import { isSameDefinition, newObserver, type Observer } from './observer';
import type { ObserverStore } from './observer-store';
import { createTellChanges } from './tell-changes';

/** An observer that lives in this process. Like any other it has a cursor, and gets after a restart what it missed. */
export interface LocalObserver {
  readonly observerId: string;
  readonly eventTypes: readonly string[];
  readonly isAsync: boolean;
  readonly onEvent: (event: CloudEvent) => Promise<void> | void;
}

/** The observers there are, for whoever changes them and whoever serves them. */
export interface ObserverRegistry {
  /** Oldest first, as all instances know them; the same objects as long as none of them changes. */
  all(): Promise<readonly Observer[]>;
  find(observerId: string): Promise<Observer | null>;
  /** Adds one that gets what follows `position`. False when the id is taken. */
  add(observer: Observer, position: number): Promise<boolean>;
  /** Brings one to what `change` makes of it, which may be called again when others change it too. Throws `not_found`. */
  change(observerId: string, change: (current: Observer) => Observer): Promise<Observer>;
  /** Removes one and all that is known of its deliveries. Throws `not_found`. */
  remove(observerId: string): Promise<void>;
  /** Adds one that lives here, or brings the one that has its id to what it asks for. */
  registerLocal(local: LocalObserver): Promise<void>;
  localHandlerOf(observerId: string): LocalObserver['onEvent'] | undefined;
  /**
   * Tells of every change that is made here, after it is durable and before it is answered: who removes an observer waits
   * for the listeners. Returns what ends the listening.
   */
  onChange(listener: (observerId: string) => Promise<void> | void): () => void;
}

export interface ObserverRegistryDeps {
  readonly database: Pick<Database, 'transact'>;
  readonly store: ObserverStore;
  readonly states: Pick<DeliveryStates, 'create' | 'remove'>;
  readonly log: Pick<EventLog, 'head'>;
  readonly signals: Signals;
  readonly clock: Pick<Clock, 'now'>;
}

export function createObserverRegistry(deps: ObserverRegistryDeps): ObserverRegistry {
  const { database, store, states, log, signals, clock } = deps;
  const listeners = new Set<(observerId: string) => Promise<void> | void>();
  const handlers = new Map<string, LocalObserver['onEvent']>();
  const changes = createTellChanges(signals);
  let known: { readonly fingerprint: string; readonly observers: readonly Observer[] } | undefined;

  /** False when `write` changed nothing. */
  async function commit(
    before: Observer | null,
    after: Observer | null,
    write: (tx: Transaction) => Promise<boolean>,
  ): Promise<boolean> {
    const isMade = await changes.make(before, after, () => database.transact(write));
    const id = (after ?? before)?.id ?? '';
    if (isMade) await Promise.all([...listeners].map(async (listen) => listen(id)));
    return isMade;
  }

  function add(observer: Observer, position: number): Promise<boolean> {
    return commit(null, observer, async (tx) => {
      const isInserted = await store.insert(tx, observer);
      if (isInserted) await states.create(tx, observer.id, position);
      return isInserted;
    });
  }

  async function change(id: string, make: (current: Observer) => Observer): Promise<Observer> {
    // as often as others are quicker, each time with their change
    for (;;) {
      const current = await get(id);
      const changed = make(current);
      if (isSameDefinition(current, changed)) return current;
      const after = { ...changed, revision: current.revision + 1, updatedAt: clock.now() };
      if (await commit(current, after, (tx) => store.replace(tx, after))) return after;
    }
  }

  async function get(id: string): Promise<Observer> {
    const observer = await store.find(id);
    if (!observer) throw noSuchObserver(id);
    return observer;
  }

  return {
    async all() {
      const fingerprint = await store.fingerprint();
      if (known?.fingerprint === fingerprint) return known.observers;
      const { observers, isCurrent } = await changes.read(() => store.all());
      if (isCurrent) known = { fingerprint, observers };
      return observers;
    },
    find: (id) => store.find(id),
    add,
    change,
    async remove(id) {
      const observer = await get(id);
      const isRemoved = await commit(observer, null, async (tx) => {
        const isThere = await store.remove(tx, id);
        if (isThere) await states.remove(tx, id);
        return isThere;
      });
      if (!isRemoved) throw noSuchObserver(id);
    },
    async registerLocal({ observerId, eventTypes, isAsync, onEvent }) {
      handlers.set(observerId, onEvent);
      const asked = { ...newObserver(observerId, clock.now()), eventTypes, isAsync };
      if (await add(asked, await log.head())) return;
      await change(observerId, (current) => ({ ...current, eventTypes, isAsync }));
    },
    localHandlerOf: (id) => handlers.get(id),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** For whatever names an observer that is not there. */
export function noSuchObserver(id: string): AppError {
  return new AppError('not_found', `there is no observer ${id}`);
}
