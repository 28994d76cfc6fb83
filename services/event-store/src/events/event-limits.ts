import { AppError, createMutex } from '@fanfare/core';
import type { AppendRequest, EventLog } from '@fanfare/storage';

/** How much the log may hold; 0 means that there is no limit. */
export interface EventLimits {
  readonly maxEvents: number;
  readonly maxAggregates: number;
  readonly maxAggregateEvents: number;
}

/** What the log holds has reached a limit that was set for it. */
export class LimitReached extends AppError {
  override readonly name = 'LimitReached';

  constructor(
    readonly limit: 'MAX_EVENTS' | 'MAX_AGGREGATES' | 'MAX_AGGREGATE_EVENTS',
    readonly max: number,
  ) {
    super('conflict', `the limit ${limit} of ${max} is reached`);
  }
}

export interface EventLimitsDeps {
  readonly log: Pick<EventLog, 'append' | 'findEvent' | 'findStream' | 'head' | 'read'>;
  readonly limits: EventLimits;
  readonly countAggregates: () => Promise<number>;
}

/**
 * Appends within the limits. Those are exact for one instance, which looks and appends by turns once a limit is set;
 * several may together go beyond them by what they append at the same moment. What the bus brings has happened already and is
 * recorded past them.
 */
export function createLimitedAppend({ log, limits, countAggregates }: EventLimitsDeps): EventLog['append'] {
  const { maxEvents, maxAggregates, maxAggregateEvents } = limits;
  const turns = createMutex();

  async function assertEvents({ appends }: AppendRequest): Promise<void> {
    const [first] = (await log.read({ limit: 1 })).events;
    const held = first ? (await log.head()) - first.position + 1 : 0;
    const added = appends.reduce((sum, { events }) => sum + events.length, 0);
    if (held + added > maxEvents) throw new LimitReached('MAX_EVENTS', maxEvents);
  }

  async function assertAggregates({ appends }: AppendRequest): Promise<void> {
    let begun = 0;
    for (const { stream, events } of appends) {
      if (!stream) continue;
      const state = await log.findStream(stream.id);
      if (!state) begun += 1;
      if (maxAggregateEvents > 0 && (state?.version ?? -1) + 1 + events.length > maxAggregateEvents)
        throw new LimitReached('MAX_AGGREGATE_EVENTS', maxAggregateEvents);
    }
    if (maxAggregates > 0 && begun > 0 && begun + (await countAggregates()) > maxAggregates)
      throw new LimitReached('MAX_AGGREGATES', maxAggregates);
  }

  async function assertRoom(request: AppendRequest): Promise<void> {
    try {
      if (maxEvents > 0) await assertEvents(request);
      if (maxAggregates > 0 || maxAggregateEvents > 0) await assertAggregates(request);
    } catch (error) {
      if (!(error instanceof LimitReached && (await isRepeated(request)))) throw error;
    }
  }

  /** Then nothing would be added, and the log has the first answer. */
  async function isRepeated({ appends }: AppendRequest): Promise<boolean> {
    for (const { id } of appends.flatMap(({ events }) => events)) {
      if (!(await log.findEvent(id))) return false;
    }
    return true;
  }

  if (Math.max(maxEvents, maxAggregates, maxAggregateEvents) === 0) return (request) => log.append(request);
  return (request) =>
    turns.run(async () => {
      await assertRoom(request);
      return log.append(request);
    });
}
