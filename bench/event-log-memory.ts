import { setImmediate as nextTurn } from 'node:timers/promises';
import { newEvents } from './event-logs/new-events';
import { hostStore, type HostedStore } from './event-logs/host-store';
import { newFile } from './event-logs/places';
import { createMemoryWatch } from './event-logs/memory-watch';

const eventCount = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const batchSize = 1_000;

/** What the event store needs of memory to go through a log of a million events in SQLite, in each of its ways. */
export async function measureEventLogMemory(): Promise<void> {
  console.log(`memory of an event store with ${eventCount} events in SQLite, in MiB`);
  const store = await hostStore(newFile);
  const watch = createMemoryWatch();
  try {
    await watch.during('filling', () => fill(store));
    await watch.during('reading all', () => readAll(store));
    await watch.during('verifying', () => verify(store));
    await watch.during('replaying a projection', () => replay(store, { projection: 'event_counts' }));
    await watch.during('replaying as a shadow', () =>
      replay(store, { shadow: true, candidate: { event_types: ['com.example.nothing.happened.v1'] } }),
    );
    await watch.during('listing over HTTP', () => list(store));
  } finally {
    await store.close();
  }
}

async function fill({ log }: HostedStore): Promise<void> {
  for (let written = 0; written < eventCount; written += batchSize) {
    const stream = { id: crypto.randomUUID(), type: 'order' };
    await log.append({ appends: [{ stream, expected: 'none', events: newEvents(stream.id, batchSize) }] });
    await nextTurn();
  }
}

async function readAll({ log }: HostedStore): Promise<void> {
  let count = 0;
  for (let position: number | null = 0; position !== null;) {
    const page = await log.read({ position, limit: batchSize });
    count += page.events.length;
    position = page.nextPosition;
    await nextTurn();
  }
  demand(count >= eventCount, `${count} events were read`);
}

async function verify({ log }: HostedStore): Promise<void> {
  const { valid, checked } = await log.verify();
  demand(valid && checked >= eventCount, `${checked} events were verified`);
}

async function replay(store: HostedStore, request: object): Promise<void> {
  const { id } = (await store.call('POST', '/event-store/replay', request)) as { id: string };
  for (;;) {
    const { state } = (await store.call('GET', `/event-store/replay/${id}`)) as { state: string };
    if (state === 'done') return;
    demand(state === 'running', `the replay is ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function list(store: HostedStore): Promise<void> {
  let count = 0;
  for (let cursor: string | null = ''; cursor !== null;) {
    const suffix: string = cursor && `&cursor=${cursor}`;
    const page = (await store.call('GET', `/events?limit=${batchSize}${suffix}`)) as {
      events: readonly unknown[];
      next_cursor: string | null;
    };
    count += page.events.length;
    cursor = page.next_cursor;
  }
  demand(count >= eventCount, `${count} events were listed`);
}

function demand(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
