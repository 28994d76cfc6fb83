import { createMutex, type Clock } from '@fanfare/core';
import { compileObserver } from '../observers/compile-observer';
import type { Observer } from '../observers/observer';
import type { ObserverRegistry } from '../observers/registry';
import type { ServedObserver } from './sender';

/** The observers that can be served, ready for it; an unchanged one stays the same object. */
export interface ServedObservers {
  /**
   * As they are, whichever instance has changed them; as they were known last when the database is away or takes long, so that
   * nobody waits for it. Many who ask at once cost one look.
   */
  current(): Promise<ReadonlyMap<string, ServedObserver>>;
  refresh(): Promise<ReadonlyMap<string, ServedObserver>>;
  /** Makes any observer as ready to be served as it can be. */
  readonly serve: (observer: Observer) => ServedObserver;
}

const patienceMs = 1_000;

export function createServedObservers(
  registry: Pick<ObserverRegistry, 'all' | 'localHandlerOf'>,
  clock: Pick<Clock, 'setTimer'>,
): ServedObservers {
  let observers: readonly Observer[] | undefined;
  let served: ReadonlyMap<string, ServedObserver> = new Map();
  const looks = createMutex();
  let nextLook: Promise<unknown> | undefined;

  function serve(observer: Observer): ServedObserver {
    const known = served.get(observer.id);
    if (known && isUnchanged(known.observer, observer)) return known;
    return {
      ...compileObserver(observer),
      observer,
      get onEvent() {
        return registry.localHandlerOf(observer.id);
      },
    };
  }

  async function refresh() {
    const all = await registry.all();
    if (all !== observers) {
      const sound = all.map(serve).filter(({ fault }) => fault === null);
      served = new Map(sound.map((one) => [one.observer.id, one]));
      observers = all;
    }
    return served;
  }

  /** A look that begins after this call. */
  function lookTogether(): Promise<unknown> {
    nextLook ??= looks.run(() => {
      nextLook = undefined;
      return refresh();
    });
    return nextLook;
  }

  async function current() {
    if (!observers) return refresh();
    await new Promise<void>((resolve) => {
      const timer = clock.setTimer(patienceMs, resolve);
      const finish = () => {
        timer.cancel();
        resolve();
      };
      lookTogether().then(finish, finish);
    });
    return served;
  }

  return { refresh, serve, current };
}

/** One that was removed and made again begins with its first revision, too. */
function isUnchanged(one: Observer, other: Observer): boolean {
  return one.revision === other.revision && one.createdAt.getTime() === other.createdAt.getTime();
}
