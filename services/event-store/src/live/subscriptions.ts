import type { LogEvent } from '@fanfare/storage';
import type { MatchesEvent } from './match-events';

/**
 * What one client follows, and what it has had of it.
 *
 * The client reads the log once for all its subscriptions. A subscription that begins further back than the client has
 * come takes it back there; from there events come in order again, without those that the client has had already for
 * another subscription, one that has ended included. So who is cut off resumes after the event that came last, which need
 * not be the one that stands furthest on.
 */
export interface Subscriptions {
  /** Follows what comes after `from`. Takes the place of an older one of that name. */
  add(name: string, subscription: { readonly from: number; readonly matches: MatchesEvent }): void;
  /** False when there is none of that name. */
  remove(name: string): boolean;
  /** Whether the next event of the log is to be sent: somebody follows it and the client has not had it. */
  take(logged: LogEvent): boolean;
  /** Whether the event is among those that are followed now, had or not. */
  includes(logged: LogEvent): boolean;
  /** How many there are besides one of that name. */
  countWithout(name: string): number;
}

/** The client was shown whatever matches after `from` and up to `to`. */
interface Span {
  readonly matches: MatchesEvent;
  readonly from: number;
  to: number;
}

/** Of so many subscriptions that have ended it is remembered what the client had of them. */
const maxEnded = 100;

export function createSubscriptions(): Subscriptions {
  const active = new Map<string, Span>();
  const ended: Span[] = [];

  function remove(name: string): boolean {
    const span = active.get(name);
    if (!span) return false;
    active.delete(name);
    ended.push(span);
    if (ended.length > maxEnded) ended.shift();
    return true;
  }

  function wasShown(logged: LogEvent): boolean {
    const shows = (span: Span) => includes(span, logged) && logged.position <= span.to;
    return ended.some(shows) || [...active.values()].some(shows);
  }

  return {
    add(name, { from, matches }) {
      remove(name);
      active.set(name, { matches, from, to: from });
    },
    remove,
    take(logged) {
      const { position } = logged;
      const behind = [...active.values()].filter(({ to }) => to < position);
      const isSent = behind.some((span) => includes(span, logged)) && !wasShown(logged);
      for (const span of behind) span.to = position;
      return isSent;
    },
    includes: (logged) => [...active.values()].some((span) => includes(span, logged)),
    countWithout: (name) => active.size - (active.has(name) ? 1 : 0),
  };
}

function includes({ matches, from }: Span, logged: LogEvent): boolean {
  return logged.position > from && matches(logged);
}
