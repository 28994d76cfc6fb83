import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import path from 'node:path';
import { createDeliveryStates, type DeliveryStates } from '../deliveries/delivery-states';
import { createSignals, type Signal } from '../live/signals';
import { createObserverStore } from './observer-store';
import { createObserverRegistry, type ObserverRegistry } from './registry';
import { sampleObserver } from './testing/sample-observer';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));

describeOnEveryDatabase('the registry of observers', (openDatabase, { reopen }) => {
  let clock: VirtualClock;
  let states: DeliveryStates;
  let registry: ObserverRegistry;
  let signals: Signal[];

  beforeEach(async () => {
    clock = createVirtualClock();
    const database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    states = createDeliveryStates(database, clock);
    signals = [];
    registry = openRegistry(database, signals);
  });

  /** One more instance of the service would have one more. */
  function openRegistry(database: Database, hear: Signal[] = []): ObserverRegistry {
    const heard = createSignals();
    heard.listen((signal) => hear.push(signal));
    return createObserverRegistry({
      database,
      store: createObserverStore(database),
      states: createDeliveryStates(database, clock),
      log: { head: async () => 7 },
      signals: heard,
      clock,
    });
  }

  const cursorOf = async (id: string) => (await states.find([id])).get(id)?.cursor;

  it('gives a new observer its cursor, and a removed one takes it along', async () => {
    await registry.add(sampleObserver({ id: 'a' }), 3);
    expect(await cursorOf('a')).toBe(3);

    await registry.remove('a');
    expect(await cursorOf('a')).toBeUndefined();
    await expect(registry.remove('a')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('leaves the cursor of an observer alone when its id is asked for again', async () => {
    expect(await registry.add(sampleObserver({ id: 'a' }), 3)).toBe(true);
    expect(await registry.add(sampleObserver({ id: 'a' }), 5)).toBe(false);

    expect(await cursorOf('a')).toBe(3);
  });

  it('signals each change once, in the words of the frames, and nothing when nothing changes', async () => {
    const all = (type: Signal['type'], event_type?: string) => ({
      type,
      observer_id: 'a',
      ...(event_type !== undefined && { event_type }),
    });
    const heard = () => signals.splice(0);

    await registry.add(sampleObserver({ id: 'a', eventTypes: ['x', 'y'] }), 0);
    expect(heard()).toEqual([all('observer.subscribed', 'x'), all('observer.subscribed', 'y')]);

    await registry.change('a', (observer) => ({ ...observer, eventTypes: ['y', 'z'], isEnabled: false }));
    expect(heard()).toEqual([
      all('observer.unsubscribed', 'x'),
      all('observer.subscribed', 'z'),
      all('observer.disabled'),
    ]);

    await registry.change('a', (observer) => ({ ...observer, isEnabled: false, description: 'quiet' }));
    await registry.change('a', (observer) => ({ ...observer }));
    await registry.add(sampleObserver({ id: 'a' }), 0);
    expect(heard()).toEqual([]);

    await registry.change('a', (observer) => ({ ...observer, isEnabled: true }));
    await registry.remove('a');
    expect(heard()).toEqual([
      all('observer.enabled'),
      all('observer.unsubscribed', 'y'),
      all('observer.unsubscribed', 'z'),
    ]);
  });

  it('signals once what another instance changes, as soon as it is seen', async () => {
    const elsewhere: Signal[] = [];
    const other = openRegistry(await reopen(), elsewhere);
    await registry.add(sampleObserver({ id: 'a', eventTypes: ['x'] }), 0);
    for (const instance of [registry, other]) await instance.all();
    signals.length = 0;

    await registry.change('a', (observer) => ({ ...observer, eventTypes: ['y'], isEnabled: false }));
    await registry.add(sampleObserver({ id: 'b', eventTypes: ['z'] }), 0);
    await registry.remove('b');
    await registry.add(sampleObserver({ id: 'c', eventTypes: ['z'] }), 0);
    for (let look = 0; look < 2; look += 1) for (const one of [registry, other]) await one.all();
    await registry.remove('a');
    await other.all();

    const first = [
      { type: 'observer.unsubscribed', observer_id: 'a', event_type: 'x' },
      { type: 'observer.subscribed', observer_id: 'a', event_type: 'y' },
      { type: 'observer.disabled', observer_id: 'a' },
    ];
    const last = { type: 'observer.unsubscribed', observer_id: 'a', event_type: 'y' };
    const subscribed = (id: string) => ({ type: 'observer.subscribed', observer_id: id, event_type: 'z' });
    const unsubscribed = { type: 'observer.unsubscribed', observer_id: 'b', event_type: 'z' };
    expect(elsewhere).toEqual([...first, subscribed('c'), last]);
    expect(signals).toEqual([...first, subscribed('b'), unsubscribed, subscribed('c'), last]);
  });

  it('notes when an observer changed, and leaves it as it is when the change changes nothing', async () => {
    const observer = sampleObserver({ id: 'a' });
    await registry.add(observer, 0);
    await clock.advance(60_000);

    expect(await registry.change('a', (current) => ({ ...current }))).toEqual(observer);
    expect(await registry.change('a', (current) => ({ ...current, timeoutMs: 5 }))).toEqual({
      ...observer,
      timeoutMs: 5,
      revision: 2,
      updatedAt: clock.now(),
    });
  });

  it('loses no change when many are made at the same time, by several instances', async () => {
    const other = openRegistry(await reopen());
    await registry.add(sampleObserver({ id: 'a', eventTypes: [] }), 0);
    const types = Array.from({ length: 10 }, (_, index) => `type-${index}`);

    await Promise.all(
      types.map((type, index) =>
        (index % 2 === 0 ? registry : other).change('a', (observer) => ({
          ...observer,
          eventTypes: [...observer.eventTypes, type],
        })),
      ),
    );

    const { eventTypes = [], revision } = (await registry.find('a')) ?? {};
    expect([...eventTypes].sort()).toEqual(types);
    expect(revision).toBe(11);
  });

  it('knows what another instance changes, and gives the same objects as long as nobody changes anything', async () => {
    const other = openRegistry(await reopen());
    await registry.add(sampleObserver({ id: 'a' }), 0);

    const before = await other.all();
    expect(before).toMatchObject([{ id: 'a' }]);
    expect(await other.all()).toBe(before);

    await registry.change('a', (observer) => ({ ...observer, isEnabled: false }));
    expect(await other.all()).toMatchObject([{ id: 'a', isEnabled: false }]);
  });

  it('answers a change only when all listeners are done with it', async () => {
    const log: string[] = [];
    registry.onChange(async (id) => {
      await Promise.resolve();
      log.push(`told of ${id}: ${(await registry.find(id)) ? 'there' : 'gone'}`);
    });

    await registry.add(sampleObserver({ id: 'a' }), 0);
    await registry.remove('a');

    expect(log).toEqual(['told of a: there', 'told of a: gone']);
  });

  it('tells nobody who no longer listens', async () => {
    const listener = jest.fn();
    const stop = registry.onChange(listener);
    stop();

    await registry.add(sampleObserver({ id: 'a' }), 0);

    expect(listener).not.toHaveBeenCalled();
  });

  it('keeps observers of this process among all others, from now on, and with their cursor', async () => {
    const local = { observerId: 'here', eventTypes: ['x'], isAsync: false, onEvent: jest.fn() };

    await registry.registerLocal(local);
    expect(await registry.all()).toMatchObject([{ id: 'here', eventTypes: ['x'], isAsync: false }]);
    expect(registry.localHandlerOf('here')).toBe(local.onEvent);
    expect(registry.localHandlerOf('elsewhere')).toBeUndefined();
    expect(await cursorOf('here')).toBe(7);

    const restarted = openRegistry(await reopen());
    await states.reset('here', 4);
    await restarted.registerLocal({ ...local, eventTypes: ['x', 'y'], isAsync: true });
    expect(await restarted.find('here')).toMatchObject({
      eventTypes: ['x', 'y'],
      isAsync: true,
      revision: 2,
    });
    expect(await cursorOf('here')).toBe(4);
  });
});
