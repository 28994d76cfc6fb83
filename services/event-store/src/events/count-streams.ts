import type { EventLog } from '@fanfare/storage';

const pageSize = 500;

/**
 * Makes what counts the streams of a log by their first events, looking at each event once however often it is asked. Calls
 * must not overlap.
 */
export function createStreamCount(log: Pick<EventLog, 'read'>): () => Promise<number> {
  let position = 0;
  let count = 0;
  return async function countStreams() {
    for (;;) {
      const { events, nextPosition } = await log.read({ position, limit: pageSize });
      count += events.filter(({ version }) => version === 0).length;
      position = events.at(-1)?.position ?? position;
      if (nextPosition === null) return count;
    }
  };
}
