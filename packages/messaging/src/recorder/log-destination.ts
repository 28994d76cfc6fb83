import { createHash } from 'node:crypto';
import type { CloudEvent } from '@fanfare/contracts';
import { hasCode, PermanentError, type AppErrorCode, type Clock } from '@fanfare/core';
import type { AppendedEvent, Database, EventLog } from '@fanfare/storage';
import type { Destination, Outcome, PartitionDestination } from '../consumer/destination';
import { CursorMoved, type CursorKey } from '../cursor/cursor';
import type { Incoming } from '../events/event-codec';
import { identityOf } from '../events/event-identity';
import { eventsOf } from '../events/handed-events';
import type { BlockedKeys } from '../parked/blocked-keys';
import { createParkedRows } from '../parked/parked-rows';
import type { ParkedRow, ParkedStore } from '../parked/parked-store';
import { sortOut } from '../parked/sort-out';
import { divideIntoAppends, toAppends, type StreamOf } from './log-appends';
import { createLogCursor } from './log-cursor';

export interface LogDestinationOptions {
  readonly eventLog: EventLog;
  readonly database: Database;
  readonly clock: Clock;
  readonly group: string;
  readonly topic: string;
  readonly streamOf: StreamOf;
  readonly parked: ParkedStore;
}

/**
 * Events and cursor in one commit of an event log. What cannot be appended is kept in the database before that, each
 * in a row of its own id, so that whoever comes back after a kill between the two keeps it no second time.
 */
export function createLogDestination(options: LogDestinationOptions): Destination {
  const { eventLog, database, clock, group, topic, streamOf, parked } = options;

  async function append(
    events: readonly CloudEvent[],
    cursors: Readonly<Record<string, number>> = {},
  ): Promise<readonly AppendedEvent[]> {
    try {
      return (await eventLog.append({ appends: toAppends(events, streamOf), cursors })).events;
    } catch (error) {
      if (isRefusal(error)) throw new PermanentError('refused by the event log', { cause: error });
      throw error;
    }
  }

  function openPartition(partition: number, blockedKeys: BlockedKeys): PartitionDestination {
    const key = { group, topic, partition };
    const cursor = createLogCursor(eventLog, database, key);
    const rows = createParkedRows({ ...key, clock, newRowId: (item) => rowIdOf(key, item) });

    async function keep(kept: readonly ParkedRow[], from: number): Promise<void> {
      if (kept.length === 0) return;
      // a row that another member kept may be gone already, redriven or dropped
      if ((await cursor.load()) !== from) throw new CursorMoved(key, from);
      await parked.insertNew(kept);
    }

    return {
      cursor,
      divide: (items) => divideIntoAppends(items, streamOf),
      async apply(items, move) {
        const { open, ...kept } = sortOut(items, await blockedKeys.read());
        await keep(rows.ofKept(kept), move.from);
        const events = eventsOf(open);
        const appended = await append(events, cursor.moveOf(move));
        return [...tellRepeated(events, appended), { result: 'parked', events: eventsOf(kept.waiting) }];
      },
      async park(item, verdict, move) {
        await keep([rows.ofFailed(item, verdict)], move.from);
        await append([], cursor.moveOf(move));
        return true;
      },
    };
  }

  return {
    openPartition,
    async applyParked(row, { event }) {
      await append([event]);
      return database.transact((tx) => parked.take(tx, row));
    },
  };
}

function tellRepeated(events: readonly CloudEvent[], appended: readonly AppendedEvent[]): readonly Outcome[] {
  const isRepeated = (_: CloudEvent, index: number) => appended[index]?.isRepeated === true;
  return [
    { result: 'applied', events: events.filter((event, index) => !isRepeated(event, index)) },
    { result: 'duplicate', events: events.filter(isRepeated) },
  ];
}

const refusals: readonly AppErrorCode[] = ['invalid', 'conflict', 'already_exists'];

/** Whether the log will refuse the same events for ever: they are malformed, or contradict what it holds. */
function isRefusal(error: unknown): boolean {
  return refusals.some((code) => hasCode(error, code));
}

/** The same for the same item, however often it comes. */
function rowIdOf({ group, topic, partition }: CursorKey, item: Incoming): string {
  const foreign = item.kind === 'event' ? identityOf(item.event) : item.body.toString('base64');
  const place = [group, topic, partition, item.sequence ?? foreign];
  return createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 36);
}
