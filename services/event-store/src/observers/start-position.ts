import type { EventLog } from '@fanfare/storage';

const pageSize = 100;

/**
 * The position after which a new observer begins: the end of the log for `now` and for a time that no event was recorded
 * at or after, 0 for `beginning`, what precedes the first event since a time; a position is itself. Null for a position
 * beyond the end of the log.
 */
export async function findStartPosition(
  log: Pick<EventLog, 'head' | 'read'>,
  startFrom: string | number,
): Promise<number | null> {
  if (startFrom === 'beginning') return 0;
  const head = await log.head();
  if (typeof startFrom === 'number') return startFrom > head ? null : startFrom;
  return startFrom === 'now' ? head : ((await findFirst(log, new Date(startFrom))) ?? head + 1) - 1;
}

async function findFirst(log: Pick<EventLog, 'read'>, from: Date): Promise<number | null> {
  for (let position: number | null = 0; position !== null;) {
    const page = await log.read({ position, filter: { from }, limit: pageSize });
    const [first] = page.events;
    if (first) return first.position;
    position = page.nextPosition;
  }
  return null;
}
