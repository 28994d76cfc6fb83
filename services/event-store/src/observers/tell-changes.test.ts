import type { Signal } from '../live/signals';
import type { Observer } from './observer';
import { createTellChanges, type TellChanges } from './tell-changes';
import { sampleObserver } from './testing/sample-observer';

describe('changes of observers', () => {
  let heard: Signal['type'][];
  let changes: TellChanges;
  const on = sampleObserver();
  const off = sampleObserver({ isEnabled: false, revision: 2 });

  beforeEach(async () => {
    heard = [];
    changes = createTellChanges({ emit: ({ type }) => void heard.push(type) });
    await read([on]);
  });

  const read = (...observers: readonly (readonly Observer[])[]) =>
    Promise.all(observers.map((list) => changes.read(() => Promise.resolve(list))));
  const isCurrent = async (list: readonly Observer[]) => (await read(list))[0]?.isCurrent;
  const succeed = () => Promise.resolve(true);

  it('are told once, whoever made them', async () => {
    await changes.make(on, off, succeed);
    await read([off], [off]);
    expect(heard).toEqual(['observer.disabled']);

    await read([on], []);
    expect(heard).toEqual(['observer.disabled', 'observer.enabled', 'observer.unsubscribed']);
  });

  it('are not told when they did not take place', async () => {
    await changes.make(on, off, () => Promise.resolve(false));
    await expect(changes.make(on, off, () => Promise.reject(new Error('away')))).rejects.toThrow('away');

    expect(heard).toEqual([]);
    expect(await isCurrent([on])).toBe(true);
  });

  it('are not taken back by what was read before them', async () => {
    const { isCurrent: isOld } = await changes.read(async () => {
      await changes.make(on, off, succeed);
      return [on];
    });

    expect({ isOld, heard }).toEqual({ isOld: false, heard: ['observer.disabled'] });
    expect(await isCurrent([off])).toBe(true);
    expect(heard).toEqual(['observer.disabled']);
  });

  it('are not told twice when they are read before they are known to have taken place', async () => {
    await changes.make(on, off, async () => {
      expect(await isCurrent([off])).toBe(false);
      return true;
    });

    expect(heard).toEqual(['observer.disabled']);
  });

  it('are told together with what another instance has changed before', async () => {
    const moved = sampleObserver({ isEnabled: false, eventTypes: ['x'], revision: 3 });

    await changes.make(off, moved, succeed);
    await read([moved]);

    expect(heard).toEqual(['observer.unsubscribed', 'observer.subscribed', 'observer.disabled']);
  });
});
