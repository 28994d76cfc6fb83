import { privacySubjectErased } from '@fanfare/contracts';
import { keepTrying, type Clock } from '@fanfare/core';
import type { Worker } from '@fanfare/service-kit';
import type { EventLog, LogEvent } from '@fanfare/storage';

/**
 * The end of the log, read once for everyone who follows it: the newest events are kept in memory, so that a thousand
 * followers cost one reader. Who is further behind reads the log itself, and passes over without a seam.
 */
export interface Tail {
  /**
   * The events after `position`, in order, each once, in pieces; waits at the end of the log, and for a log that is away.
   * Ends when `signal` aborts.
   */
  follow(position: number, signal: AbortSignal): AsyncGenerator<readonly LogEvent[], void, undefined>;
  /** The event at `position`; null when there is none or it was truncated. Throws `unavailable` when the log is away. */
  find(position: number): Promise<LogEvent | null>;
  /** Keeps the end of the log in memory. */
  readonly worker: Worker;
}

export interface TailOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Told when the log is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
  /** At most so many events, and about so many bytes of data, are kept. */
  readonly maxEvents?: number;
  readonly maxBytes?: number;
}

/** So many events are handed over at a time at most, and so many bytes: who takes his time keeps them in memory. */
const maxPageEvents = 500;
const maxPageBytes = 2 ** 20;
/** Before anything is known of how large they are. */
const firstPageEvents = 16;

export function createTail(options: TailOptions): Tail {
  const { log, clock, onFailure } = options;
  const newest = createNewest(options);
  const waiting = new Set<() => void>();

  function wakeAll(): void {
    for (const wake of [...waiting]) wake();
  }

  /** Resolves when there may be something after `position`, and when `signal` aborts. */
  function more(position: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted || newest.last() > position) wake();
    });
  }

  return {
    async *follow(position, signal) {
      const readAfter = createPages(log);
      for (let at = position; !signal.aborted;) {
        const page =
          newest.after(at) ?? (await keepTrying(() => readAfter(at), { clock, signal, onFailure }));
        const last = page?.at(-1);
        if (page && last) {
          at = last.event.position;
          yield page.map(({ event }) => event);
        } else {
          await more(at, signal);
        }
      }
    },
    async find(position) {
      const kept = newest.at(position);
      if (kept) return kept;
      const [event] = (await log.read({ position: position - 1, limit: 1 })).events;
      return event?.position === position ? event : null;
    },
    worker: {
      name: 'tail',
      async run(signal) {
        const readAfter = createPages(log);
        newest.startAfter((await keepTrying(() => log.head(), { clock, signal, onFailure })) ?? 0);
        while (!signal.aborted) {
          wakeAll();
          const position = newest.last();
          await keepTrying(
            async () => {
              await log.waitFor(position + 1, signal);
              if (signal.aborted) return;
              const page = await readAfter(position);
              newest.add(page);
              if (page.some(tellsOfErasure)) newest.startAfter(newest.last());
            },
            { clock, signal, onFailure },
          );
        }
        wakeAll();
      },
    },
  };
}

/** What was read before somebody was forgotten may not be shown any more, on whichever instance that happened. */
function tellsOfErasure({ event: { event } }: SizedEvent): boolean {
  return event.type === privacySubjectErased.type;
}

interface SizedEvent {
  readonly event: LogEvent;
  readonly bytes: number;
}

/** Reads the log page by page. How large the events of one page are says how many the next may have. */
function createPages(log: Pick<EventLog, 'read'>) {
  let limit = firstPageEvents;
  return async function readAfter(position: number): Promise<readonly SizedEvent[]> {
    const { events } = await log.read({ position, limit });
    const page = events.map(withSize);
    const bytes = page.reduce((sum, event) => sum + event.bytes, 0);
    const fitting = bytes === 0 ? limit : Math.floor((maxPageBytes * page.length) / bytes);
    limit = Math.max(1, Math.min(fitting, 2 * limit, maxPageEvents));
    return page;
  };
}

function withSize(event: LogEvent): SizedEvent {
  const { data, ...attributes } = event.event;
  const bytes =
    data instanceof Uint8Array
      ? JSON.stringify(attributes).length + data.byteLength
      : JSON.stringify(event.event).length;
  return { event, bytes };
}

/** The newest events, without a hole, up to a number of them and to about a number of bytes. */
function createNewest({ maxEvents = 2_000, maxBytes = 16 * 2 ** 20 }: TailOptions) {
  let kept: SizedEvent[] = [];
  let bytes = 0;
  let last: number | undefined;
  return {
    last: () => last ?? 0,
    startAfter(position: number) {
      kept = [];
      bytes = 0;
      last = position;
    },
    add(page: readonly SizedEvent[]) {
      for (const sized of page) {
        kept.push(sized);
        bytes += sized.bytes;
        last = sized.event.position;
      }
      let surplus = 0;
      for (const { bytes: size } of kept) {
        if (kept.length - surplus <= maxEvents && bytes <= maxBytes) break;
        bytes -= size;
        surplus += 1;
      }
      kept.splice(0, surplus);
    },
    at: (position: number) => kept[position - (kept[0]?.event.position ?? 0)]?.event,
    /** Undefined when they are not all kept; empty when there is nothing after `position` yet. */
    after(position: number): readonly SizedEvent[] | undefined {
      if (last === undefined || position < last - kept.length) return undefined;
      const first = kept[0]?.event.position ?? last + 1;
      const from = Math.max(0, position - first + 1);
      let room = maxPageBytes;
      const page = kept.slice(from, from + maxPageEvents);
      const end = page.findIndex(({ bytes: size }) => (room -= size) < 0);
      return end === -1 ? page : page.slice(0, Math.max(1, end));
    },
  };
}
