import type { Inbox, InboxKey } from './inbox';

export interface MemoryInboxOptions {
  /** Beyond so many the oldest are forgotten. */
  readonly maxEntries?: number;
}

/** An inbox that lasts as long as the process: for tests, and where handling an event twice after a restart is no harm. */
export function createMemoryInbox({ maxEntries = 100_000 }: MemoryInboxOptions = {}): Inbox {
  const handled = new Set<string>();
  const underWay = new Map<string, Promise<void>>();

  function remember(key: string): void {
    handled.add(key);
    if (handled.size <= maxEntries) return;
    const [oldest = ''] = handled;
    handled.delete(oldest);
  }

  return {
    async handleOnce(eventKey, handle) {
      const key = toText(eventKey);
      for (let first = underWay.get(key); first; first = underWay.get(key)) {
        // its failure is told to whoever delivered it
        await first.catch(() => undefined);
      }
      if (handled.has(key)) return;
      const handling = handle(undefined);
      underWay.set(key, handling);
      try {
        await handling;
        remember(key);
      } finally {
        underWay.delete(key);
      }
    },
  };
}

function toText({ source, id }: InboxKey): string {
  return `${source.length} ${source}${id}`;
}
