import fc from 'fast-check';
import type { Incoming } from '../events/event-codec';
import { eventsOf } from '../events/handed-events';
import { sortOut } from '../parked/sort-out';
import { orderCreatedEvent } from '../testing/messaging-fixture';
import { divideIntoAppends, toAppends, type StreamOf } from './log-appends';

const streamOf: StreamOf = ({ subject = '' }) =>
  subject.startsWith('o') ? { id: subject, type: 'order' } : null;

const items = fc
  .array(fc.record({ subject: fc.constantFrom('o-1', 'o-2', 'o-3', 'none'), isMalformed: fc.boolean() }))
  .map((drawn) => drawn.map(toItem));

function toItem(
  { subject, isMalformed }: { subject: string; isMalformed: boolean },
  index: number,
): Incoming {
  const sequence = index + 1;
  if (!isMalformed) return incoming(subject, `e-${sequence}`, sequence);
  return { kind: 'malformed', sequence, span: 1, body: Buffer.of(), contentType: '', reason: '' };
}

function incoming(subject: string, id: string, sequence?: number): Incoming {
  return { kind: 'event', sequence, span: 1, event: orderCreatedEvent(subject, { id }) };
}

function appendsOf(batch: readonly Incoming[]) {
  return toAppends(eventsOf(sortOut(batch, new Set()).open), streamOf);
}

describe('the appends of a batch', () => {
  it('hold every event of it, in its order', () => {
    fc.assert(
      fc.property(items, (all) => {
        const batches = divideIntoAppends(all, streamOf);

        expect(batches.flat()).toEqual(all);
        const appended = batches.flatMap(appendsOf).flatMap(({ events }) => events);
        expect(appended).toEqual(eventsOf(sortOut(all, new Set()).open));
      }),
    );
  });

  it('name each stream once, whose events they are', () => {
    fc.assert(
      fc.property(items, (all) => {
        for (const appends of divideIntoAppends(all, streamOf).map(appendsOf)) {
          const names = appends.flatMap(({ stream }) => stream?.id ?? []);
          expect(new Set(names).size).toBe(names.length);
          for (const { stream, events } of appends)
            for (const { subject } of events) expect(stream?.id ?? 'none').toBe(subject);
        }
      }),
    );
  });

  it('are as few as that allows', () => {
    const all = ['o-1', 'o-1', 'none', 'o-2', 'none', 'o-2', 'o-3'].map((subject, index) =>
      incoming(subject, `e-${index}`),
    );

    expect(divideIntoAppends(all, streamOf).map((batch) => batch.length)).toEqual([5, 2]);
  });

  it('name each event once', () => {
    const again = [incoming('none', 'same'), incoming('none', 'same'), incoming('none', 'other')];

    expect(divideIntoAppends(again, streamOf).map((batch) => batch.length)).toEqual([1, 2]);
  });
});
