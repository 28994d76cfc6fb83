import type { EventFilter, EventLog, LogEvent } from '@fanfare/storage';

/** So many events are in memory at a time, each of which may be large. */
const maxChunk = 100;

export interface WalkRequest {
  readonly order: 'asc' | 'desc';
  /** Position, or version in a stream, of the last event that was seen. */
  readonly after: number | undefined;
  /** So many events are left out first. */
  readonly offset: number;
  /** How many events are wanted; more are not read at a time. */
  readonly limit: number;
}

/** Events in pieces, read one after the other as they are asked for. */
export type Walk = AsyncGenerator<readonly LogEvent[], void, undefined>;

export interface LogWalkRequest extends WalkRequest {
  readonly filter: EventFilter;
  /** Only what follows this position. */
  readonly fromPosition: number;
}

/** Walks the events of the log that match, by position. */
export async function* walkLog(
  log: Pick<EventLog, 'head' | 'read'>,
  { filter, order, after, fromPosition, offset, limit }: LogWalkRequest,
): Walk {
  const isForwards = order === 'asc';
  const begin = isForwards ? Math.max(after ?? 0, fromPosition) : after;
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  // positions have no gap: without a filter an offset is a matter of counting
  const skipped = offset > 0 && !isFiltered ? await movePosition(log, { isForwards, begin, offset }) : begin;
  yield* walk(
    async (last, chunk) => {
      const position = last?.position ?? skipped;
      const direction = isForwards ? 'forwards' : 'backwards';
      const { events } = await log.read({ filter, direction, position, limit: chunk });
      return isForwards ? events : events.filter((event) => event.position > fromPosition);
    },
    { offset: isFiltered ? offset : 0, limit },
  );
}

interface Move {
  readonly isForwards: boolean;
  readonly begin: number | undefined;
  readonly offset: number;
}

/** From `begin`, or the end of the log that the walk begins at, over so many events. */
async function movePosition(
  log: Pick<EventLog, 'head' | 'read'>,
  { isForwards, begin, offset }: Move,
): Promise<number> {
  const behindHead = (await log.head()) + 1;
  if (!isForwards) return Math.max(0, Math.min(begin ?? behindHead, behindHead) - offset);
  // the beginning may be truncated
  const [first] = (await log.read({ position: begin, limit: 1 })).events;
  return (first?.position ?? behindHead) - 1 + offset;
}

export interface StreamWalkRequest extends WalkRequest {
  readonly fromVersion: number;
  /** Included. */
  readonly toVersion: number;
}

/** Walks the events of a stream by version. */
export async function* walkStream(
  log: Pick<EventLog, 'readStream'>,
  streamId: string,
  { order, after, fromVersion, toVersion, offset, limit }: StreamWalkRequest,
): Walk {
  const isForwards = order === 'asc';
  yield* walk(
    async (last, chunk) => {
      const seen = last?.version ?? after;
      const from = isForwards && seen !== undefined ? Math.max(fromVersion, seen + 1) : fromVersion;
      const to = !isForwards && seen !== undefined ? Math.min(toVersion, seen - 1) : toVersion;
      if (from > to) return [];
      const direction = isForwards ? 'forwards' : 'backwards';
      return log.readStream(streamId, { from, to, direction, limit: chunk });
    },
    { offset, limit },
  );
}

async function* walk(
  readAfter: (last: LogEvent | undefined, chunk: number) => Promise<readonly LogEvent[]>,
  { offset, limit }: Pick<WalkRequest, 'offset' | 'limit'>,
): Walk {
  // one more than a page tells whether there is a next one
  const chunk = Math.min(offset + limit + 1, maxChunk);
  let last: LogEvent | undefined;
  let toSkip = offset;
  for (;;) {
    const events = await readAfter(last, chunk);
    if (events.length > toSkip) yield events.slice(toSkip);
    toSkip = Math.max(0, toSkip - events.length);
    last = events.at(-1);
    if (events.length < chunk) return;
  }
}
