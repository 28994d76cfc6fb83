import { createVirtualClock } from '@fanfare/core';
import { openCommitStore } from '../open-event-log';
import { createEventLog } from './create-event-log';

describe('more appends than may wait for the store', () => {
  it('are refused for a moment, and each that is accepted is kept', async () => {
    const clock = createVirtualClock();
    const store = await openCommitStore('sqlite::memory:', clock);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const insert: typeof store.insert = (...commit) => held.then(() => store.insert(...commit));
    const log = createEventLog({ store: { ...store, insert }, clock, maxWaiting: 2 });
    const append = (id: string) => {
      const event = { specversion: '1.0', id, source: '/orders', type: 'order.created' } as const;
      return log.append({ appends: [{ stream: null, expected: 'any', events: [event] }] });
    };

    const appends = Promise.allSettled(Array.from({ length: 8 }, (_, n) => append(`e-${n}`)));
    letGo();
    const outcomes = await appends;

    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(5);
    for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'unavailable' } });
    expect(await log.head()).toBe(3);
    await log.close();
  });
});
