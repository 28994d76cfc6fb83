import { typesReadAs } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { Database, Transaction } from '@fanfare/storage';
import { createDatabaseCursor } from '../cursor/database-cursor';
import type { Incoming, IncomingEvent } from '../events/event-codec';
import { eventsOf, handedEventsOf } from '../events/handed-events';
import { admitNew } from '../inbox/inbox';
import type { BlockedKeys } from '../parked/blocked-keys';
import { createParkedRows } from '../parked/parked-rows';
import type { ParkedStore } from '../parked/parked-store';
import { sortOut } from '../parked/sort-out';
import type { Destination, Outcome, PartitionDestination } from './destination';
import type { EventHandler } from './event-handler';

export interface DatabaseDestinationOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly group: string;
  readonly topic: string;
  readonly handler: EventHandler;
  readonly parked: ParkedStore;
}

/** Effects, failed events, the ids of foreign events and the cursor in one transaction. */
export function createDatabaseDestination(options: DatabaseDestinationOptions): Destination {
  const { database, clock, newId, group, topic, handler, parked } = options;
  const handled = new Set(handler.events.flatMap(({ type }) => typesReadAs(type)));

  async function prepareHandled(items: readonly Incoming[]): Promise<void> {
    if (!handler.prepare) return;
    const mine = items.filter((item) => item.kind === 'event').filter(({ event }) => handled.has(event.type));
    if (mine.length > 0) await handler.prepare(handedEventsOf(mine));
  }

  async function applyHandled(tx: Transaction, items: readonly IncomingEvent[]): Promise<readonly Outcome[]> {
    const mine = items.filter(({ event }) => handled.has(event.type));
    if (mine.length > 0) await handler.apply(tx, handedEventsOf(mine));
    return [
      { result: 'applied', events: eventsOf(mine) },
      { result: 'ignored', events: eventsOf(items.filter(({ event }) => !handled.has(event.type))) },
    ];
  }

  function openPartition(partition: number, blockedKeys: BlockedKeys): PartitionDestination {
    const key = { group, topic, partition };
    const cursor = createDatabaseCursor(database, key);
    const rows = createParkedRows({ ...key, clock, newRowId: newId });
    return {
      cursor,
      divide: (items) => [items],
      async apply(items, move) {
        await prepareHandled(items);
        return database.transact(async (tx) => {
          await cursor.move(tx, move);
          const blocked = await blockedKeys.read(tx);
          const { admitted, repeated } = await admitNew(tx, items, { group, topic, now: clock.now() });
          const { open, ...kept } = sortOut(admitted, blocked);
          const outcomes = await applyHandled(tx, open);
          await parked.insert(tx, rows.ofKept(kept));
          return [
            ...outcomes,
            { result: 'duplicate', events: eventsOf(repeated) },
            { result: 'parked', events: eventsOf(kept.waiting) },
          ];
        });
      },
      park: (item, verdict, move) =>
        database.transact(async (tx) => {
          await cursor.move(tx, move);
          const { admitted } = await admitNew(tx, [item], { group, topic, now: clock.now() });
          if (admitted.length === 0) return false;
          await parked.insert(tx, [rows.ofFailed(item, verdict)]);
          return true;
        }),
    };
  }

  return {
    openPartition,
    async applyParked(row, item) {
      await prepareHandled([item]);
      return database.transact(async (tx) => {
        if (!(await parked.take(tx, row))) return false;
        await applyHandled(tx, [item]);
        return true;
      });
    },
  };
}
