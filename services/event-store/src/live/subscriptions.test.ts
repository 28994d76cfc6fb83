import type { LogEvent } from '@fanfare/storage';
import fc from 'fast-check';
import { createSubscriptions } from './subscriptions';

const logLength = 12;
const names = ['a', 'b', 'c'];

function logged(position: number): LogEvent {
  const event = { specversion: '1.0' as const, id: `e-${position}`, source: '/test', type: 'test.happened' };
  return { position, stream: null, version: null, recordedAt: new Date(0), event, isErased: false };
}

/** Each step changes what is followed and then reads on for a while, from where the newest subscription asks for it. */
const steps = fc.array(
  fc.record({
    name: fc.constantFrom(...names),
    change: fc.constantFrom('add', 'remove', 'nothing'),
    from: fc.nat(logLength),
    divisor: fc.integer({ min: 1, max: 3 }),
    readOn: fc.nat(logLength),
  }),
  { maxLength: 20 },
);

describe('the subscriptions of one client', () => {
  it('give it each event at most once, and every event that one of them was read up to', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const subscriptions = createSubscriptions();
        const followed = new Map<string, { from: number; divisor: number }>();
        const sent: number[] = [];
        const due = new Set<number>();
        let place = logLength;
        for (const { name, change, from, divisor, readOn } of all) {
          if (change === 'remove') expect(subscriptions.remove(name)).toBe(followed.delete(name));
          if (change === 'add') {
            subscriptions.add(name, { from, matches: ({ position }) => position % divisor === 0 });
            followed.set(name, { from, divisor });
            place = Math.min(place, from);
          }
          const end = Math.min(logLength, place + readOn);
          for (place += 1; place <= end; place += 1) {
            if (subscriptions.take(logged(place))) sent.push(place);
            for (const each of followed.values()) {
              if (place > each.from && place % each.divisor === 0) due.add(place);
            }
          }
          place = end;
        }
        expect(new Set(sent).size).toBe(sent.length);
        expect(new Set(sent)).toEqual(due);
      }),
    );
  });

  it('remember what the client had of those that have ended', () => {
    const subscriptions = createSubscriptions();
    const matches = () => true;
    subscriptions.add('*', { from: 3, matches });
    expect(subscriptions.take(logged(4))).toBe(true);
    subscriptions.remove('*');

    subscriptions.add('again', { from: 2, matches });

    expect([3, 4, 5].map((position) => subscriptions.take(logged(position)))).toEqual([true, false, true]);
  });
});
