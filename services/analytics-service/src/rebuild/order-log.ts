import type { CloudEvent } from '@fanfare/contracts';
import { AppError, toError, type Clock } from '@fanfare/core';
import type { ServiceToken } from '@fanfare/service-kit';
import { z } from 'zod';

/** An event with its place in the event log. */
export interface LoggedEvent {
  readonly position: number;
  readonly event: CloudEvent;
}

/** How much of topic `orders` stands in the log. */
export interface LogCoverage {
  /** By partition: everything up to this sequence stands in the log, or never will. */
  readonly recorded: ReadonlyMap<number, number>;
  /** Whether the log holds all there ever was: nothing truncated, lost, refused, or still waiting to be recorded. */
  readonly isComplete: boolean;
}

/** What the event store knows of orders. Throws `unavailable` as long as it does not answer as it should. */
export interface OrderLog {
  /** The next events about orders after a position, in the order of the log; none at its end. */
  readAfter(position: number): Promise<readonly LoggedEvent[]>;
  find(eventId: string): Promise<CloudEvent | null>;
  /** Throws `unavailable` while events of the topic wait to be recorded, which may come to nothing or to something. */
  readCoverage(): Promise<LogCoverage>;
}

export interface OrderLogOptions {
  /** Where the event store answers, `http://localhost:8082`. */
  readonly url: string;
  readonly clock: Clock;
  /** With which the event store is asked. */
  readonly token?: ServiceToken;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

const pageSize = 1_000;
const batchType = 'application/cloudevents-batch+json';
const eventType = 'application/cloudevents+json';

// the rest is checked event by event, so that one bad event is one that does not count
const eventForm = z.looseObject({ id: z.string(), type: z.string(), source: z.string() });
const pageForm = z.array(eventForm.extend({ position: z.string().regex(/^\d+$/).transform(Number) }));
const statsForm = z.object({ event_store_stats: z.object({ anchor_position: z.int() }) });
const ledgerForm = z.object({
  groups: z.array(
    z.object({
      topic: z.string(),
      partition: z.int(),
      applied: z.int(),
      parked: z.int(),
      dead_letters: z.int(),
      missing: z.array(z.int()),
    }),
  ),
});

/** Reads the event log over the public interface of the event store. */
export function createOrderLog(options: OrderLogOptions): OrderLog {
  const { url: baseUrl, clock, token, signal, timeoutMs = 10_000 } = options;

  async function get<T>(path: string, form: z.ZodType<T>, accept = 'application/json'): Promise<T | null> {
    const url = new URL(path, baseUrl);
    const stop = new AbortController();
    const timer = clock.setTimer(timeoutMs, () => {
      stop.abort(new Error(`no answer within ${timeoutMs} ms`));
    });
    try {
      const held = await token?.();
      const authorization = held === undefined ? {} : { authorization: `Bearer ${held}` };
      const response = await fetch(url, {
        headers: { accept, ...authorization },
        redirect: 'error',
        signal: AbortSignal.any([stop.signal, signal]),
      });
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return form.parse(await response.json());
    } catch (cause) {
      throw new AppError('unavailable', `${url.href} cannot be read: ${toError(cause).message}`, { cause });
    } finally {
      timer.cancel();
    }
  }

  async function getExisting<T>(path: string, form: z.ZodType<T>, accept?: string): Promise<T> {
    const found = await get(path, form, accept);
    if (found === null) throw new AppError('unavailable', `${baseUrl} has no ${path}`);
    return found;
  }

  return {
    async readAfter(position) {
      const query = `type=order.*&aggregate_type=order&from_position=${position}&limit=${pageSize}`;
      const page = await getExisting(`/api/v1/events?${query}`, pageForm, batchType);
      return page.map((event) => ({ position: event.position, event: event as unknown as CloudEvent }));
    },
    find: async (eventId) =>
      (await get(`/api/v1/events/${encodeURIComponent(eventId)}`, eventForm, eventType)) as CloudEvent | null,
    async readCoverage() {
      const { groups } = await getExisting('/ledger', ledgerForm);
      const { event_store_stats: stats } = await getExisting('/api/v1/stats', statsForm);
      const partitions = groups.filter(({ topic }) => topic === 'orders');
      const waiting = partitions.reduce((sum, { parked }) => sum + parked, 0);
      if (waiting > 0) {
        throw new AppError('unavailable', `the event store has ${waiting} events of orders yet to record`);
      }
      const isWhole = partitions.every((each) => each.dead_letters === 0 && each.missing.length === 0);
      return {
        recorded: new Map(partitions.map(({ partition, applied }) => [partition, applied])),
        isComplete: isWhole && stats.anchor_position === 0,
      };
    },
  };
}
