import { compileObserver } from '../observers/compile-observer';
import type { Observer } from '../observers/observer';
import type { ObserverRegistry } from '../observers/registry';
import type { ServedObserver } from './sender';

/** The observers that can be served, ready for it; an unchanged one stays the same object. */
export interface ServedObservers {
  /** As they are known here: what another instance changes is seen when `refresh` is called. */
  current(): Promise<ReadonlyMap<string, ServedObserver>>;
  refresh(): Promise<ReadonlyMap<string, ServedObserver>>;
  /** Makes any observer as ready to be served as it can be. */
  readonly serve: (observer: Observer) => ServedObserver;
}

export function createServedObservers(
  registry: Pick<ObserverRegistry, 'all' | 'localHandlerOf'>,
): ServedObservers {
  let observers: readonly Observer[] | undefined;
  let served: ReadonlyMap<string, ServedObserver> = new Map();

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

  return { refresh, serve, current: async () => (observers ? served : refresh()) };
}

/** One that was removed and made again begins with its first revision, too. */
function isUnchanged(one: Observer, other: Observer): boolean {
  return one.revision === other.revision && one.createdAt.getTime() === other.createdAt.getTime();
}
