import path from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { migrate, readMigrations, type Database, type Transaction } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { colleagueStore } from './colleague-store';
import { createDirectory } from './create-directory';
import type { Directory } from './directory';
import { mediatorStore } from './mediator-store';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));
const inactiveTimeoutMs = 60_000;

describeOnEveryDatabase('the directory', (openDatabase) => {
  let database: Database;
  let one: Directory;
  let other: Directory;
  let clock: ReturnType<typeof createVirtualClock>;
  let revision = 0;

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'mediator', migrations });
    clock = createVirtualClock();
    [one, other] = [createDirectory({ database, clock, inactiveTimeoutMs }), openOther()];
    await database.transact((tx) => insertMediator(tx, 1, 'orders'));
    await database.transact((tx) => insertColleague(tx, 1, 'a'));
  });

  /** As in another instance of the service. */
  const openOther = () => createDirectory({ database, clock, inactiveTimeoutMs });
  const nextRevision = () => `r-${(revision += 1)}`;

  async function insertMediator(tx: Transaction, key: number, name: string): Promise<void> {
    const empty = { description: null, metadata: null };
    const at = clock.now();
    await mediatorStore.insert(tx, { key, name, kind: 'message', ...empty, revision: nextRevision(), at });
  }

  async function insertColleague(tx: Transaction, key: number, id: string): Promise<void> {
    const settings = { id, name: id, type: 'service', handles: [], endpoint: null, secret: null };
    await colleagueStore.insert(tx, key, {
      settings: { ...settings, handshake: 'off', concurrency: 1 },
      number: revision,
      isEnabled: true,
      lastActivity: clock.now(),
      requestHash: '',
    });
    await mediatorStore.setRevision(tx, key, nextRevision());
  }

  const idsIn = async (directory: Directory, name = 'orders') => [
    ...(await directory.find(name)).colleagues.keys(),
  ];

  const active = async (directory: Directory) => (await directory.find('orders')).colleagues.get('a')?.active;

  it('keeps what it has read until something changes, and sees at once what another instance changes', async () => {
    const first = await one.find('orders');
    expect(await one.find('orders')).toBe(first);
    expect(await database.transact((tx) => one.enter(tx, 'orders'))).toBe(first);

    await database.transact((tx) => insertColleague(tx, 1, 'b'));

    for (const directory of [one, other]) expect(await idsIn(directory)).toEqual(['a', 'b']);
    const entered = await database.transact((tx) => other.enterByKey(tx, 1));
    expect([...(entered?.colleagues.keys() ?? [])]).toEqual(['a', 'b']);
  });

  it('keeps nothing that a transaction has changed and taken back', async () => {
    const undone = database.transact(async (tx) => {
      await insertColleague(tx, 1, 'b');
      expect([...(await one.enter(tx, 'orders')).colleagues.keys()]).toEqual(['a', 'b']);
      throw new Error('taken back');
    });

    await expect(undone).rejects.toThrow('taken back');
    expect(await idsIn(one)).toEqual(['a']);
  });

  it('tells a mediator from an earlier one of the same name', async () => {
    expect(await idsIn(one)).toEqual(['a']);
    await database.transact(async (tx) => {
      await mediatorStore.remove(tx, 1);
      await insertMediator(tx, 2, 'orders');
    });

    expect(await idsIn(one)).toEqual([]);
    expect(await database.transact((tx) => one.enterByKey(tx, 1))).toBeNull();
    expect((await database.transact((tx) => one.enterByKey(tx, 2)))?.mediator.name).toBe('orders');
  });

  it('says which mediator or colleague is not there', async () => {
    const entry = await one.find('orders');

    await expect(one.find('none')).rejects.toMatchObject({ code: 'mediator-not-found' });
    await expect(database.transact((tx) => one.enter(tx, 'none'))).rejects.toMatchObject({
      code: 'mediator-not-found',
    });
    await expect(one.noteCall(entry, 'none')).rejects.toMatchObject({ code: 'colleague-not-found' });
  });

  it('keeps a mediator from changing while a transaction is in it, not from being entered by others', async () => {
    const happened: string[] = [];
    let change: Promise<unknown> = Promise.resolve();

    await database.transact(async (tx) => {
      await one.enter(tx, 'orders');
      change = database.transact(async (later) => {
        await mediatorStore.lock(later, 'orders');
        happened.push('changed');
      });
      for (let turn = 0; turn < 20; turn += 1) await one.enter(tx, 'orders');
      happened.push('left');
    });
    await change;

    expect(happened).toEqual(['left', 'changed']);
  });

  it('finds a colleague silent after a time without calls, on every instance, and active again after the next', async () => {
    await other.find('orders');
    await clock.advance(inactiveTimeoutMs - 1);
    expect([await active(one), await active(other)]).toEqual([true, true]);
    await clock.advance(1);
    expect([await active(one), await active(other)]).toEqual([false, false]);

    await one.noteCall(await one.find('orders'), 'a');

    expect(await active(one)).toBe(true);
    await clock.advance(1_000);
    expect(await active(other)).toBe(true);
    await clock.advance(inactiveTimeoutMs / 2);
    await other.noteCall(await other.find('orders'), 'a');
    await clock.advance(inactiveTimeoutMs / 2);
    expect([await active(one), await active(other)]).toEqual([true, true]);
  });

  it('reads who is registered once a second at most while somebody is silent', async () => {
    await clock.advance(inactiveTimeoutMs);
    const readColleagues = jest.spyOn(colleagueStore, 'all');

    for (let call = 0; call < 20; call += 1) {
      expect(await active(one)).toBe(false);
      await database.transact((tx) => one.enter(tx, 'orders'));
      await clock.advance(100);
    }

    expect(readColleagues).toHaveBeenCalledTimes(2);
    readColleagues.mockRestore();
  });

  it('finds a colleague active that returns while others read who is registered', async () => {
    await clock.advance(inactiveTimeoutMs);
    const entry = await one.find('orders');
    await clock.advance(1_000);
    const readColleagues = jest.spyOn(colleagueStore, 'all').mockImplementationOnce(async (queries, key) => {
      const silent = await colleagueStore.all(queries, key);
      await one.noteCall(entry, 'a');
      return silent;
    });

    await one.find('orders');

    expect(await active(one)).toBe(true);
    readColleagues.mockRestore();
  });

  it('forgets no call that is made while the settings of the colleague are changed', async () => {
    const before = await colleagueStore.find(database.queries, 1, 'a');
    if (!before) throw new Error('it was registered');
    await clock.advance(10_000);
    await one.noteCall(await one.find('orders'), 'a');

    await database.transact((tx) => colleagueStore.update(tx, 1, { ...before, isEnabled: false }));

    expect(await colleagueStore.find(database.queries, 1, 'a')).toMatchObject({
      isEnabled: false,
      lastActivity: clock.now(),
    });
  });

  it('writes down calls that follow each other closely only once', async () => {
    const lastActivity = async () => (await colleagueStore.find(database.queries, 1, 'a'))?.lastActivity;
    const before = clock.now();
    const entry = await one.find('orders');

    await clock.advance(inactiveTimeoutMs / 10 - 1);
    await one.noteCall(entry, 'a');
    expect(await lastActivity()).toEqual(before);
    await clock.advance(1);
    await one.noteCall(entry, 'a');

    expect(await lastActivity()).toEqual(clock.now());
  });
});
