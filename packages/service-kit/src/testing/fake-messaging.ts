import type { Consumer, GroupPosition, ParkedEvent, ParkedEvents, TopicLog } from '@fanfare/messaging';

/** A topic log that holds nothing, but for the given parts. */
export function fakeTopicLog(parts: Partial<TopicLog> = {}): TopicLog {
  return {
    topic: 'orders',
    partitions: 1,
    prepare: async () => undefined,
    append: () => undefined,
    onAppend: () => () => undefined,
    positions: async () => [{ partition: 0, accepted: 0, published: 0 }],
    backlog: async () => ({ pending: 0, oldestSeconds: 0 }),
    read: async (partition, from) => ({
      topic: 'orders',
      partition,
      firstSequence: from,
      head: 0,
      events: [],
    }),
    ...parts,
  };
}

/** A group that has caught up and rests, but for the given parts. */
export function fakeConsumer(parts: Partial<Consumer> = {}): Consumer {
  return {
    topic: 'orders',
    group: 'analytics',
    run: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      }),
    retryOnce: async () => 0,
    positions: async () => [groupPosition()],
    countMissing: async () => 0,
    parked: fakeParkedEvents([]),
    ...parts,
  };
}

export function groupPosition(parts: Partial<GroupPosition> = {}): GroupPosition {
  return {
    group: 'analytics',
    topic: 'orders',
    partition: 0,
    head: 5,
    applied: 5,
    parked: 0,
    deadLetters: 0,
    inFlight: 0,
    gapsFilled: 0,
    missing: [],
    ...parts,
  };
}

export function parkedEvent(parts: Partial<ParkedEvent> = {}): ParkedEvent {
  return {
    id: 'd-1',
    group: 'analytics',
    topic: 'orders',
    partition: 0,
    sequence: 7,
    eventId: 'e-7',
    eventType: 'com.fanfare.order.created.v1',
    key: 'o-1',
    body: Buffer.from('{"id":"e-7"}'),
    contentType: 'application/cloudevents+json',
    state: 'dead',
    attempts: 10,
    nextAttemptAt: null,
    reason: 'it does not fit',
    failedAt: new Date('2026-01-01T00:00:00.000Z'),
    ...parts,
  };
}

/** Failed events in memory. What is redriven gets its new bytes and is parked again. */
export function fakeParkedEvents(events: ParkedEvent[]): ParkedEvents {
  const chosen = (selection: { readonly id: string } | 'all') =>
    events.filter(({ id, state }) => state === 'dead' && (selection === 'all' || selection.id === id));
  const replace = (old: ParkedEvent, ...by: ParkedEvent[]) => events.splice(events.indexOf(old), 1, ...by);
  return {
    list: async ({ state, limit, offset }) =>
      events.filter((event) => state === undefined || event.state === state).slice(offset, offset + limit),
    find: async (id) => events.find((event) => event.id === id) ?? null,
    async redrive(selection) {
      const body = selection === 'all' ? undefined : selection.body;
      const found = chosen(selection);
      for (const event of found) replace(event, { ...event, state: 'parked', ...(body && { body }) });
      return found.length;
    },
    async drop(selection) {
      const found = chosen(selection);
      for (const event of found) replace(event);
      return found.length;
    },
    counts: async () => events.map(({ partition, state }) => ({ partition, state, count: 1 })),
  };
}
