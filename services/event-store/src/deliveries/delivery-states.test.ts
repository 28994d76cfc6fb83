import path from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { createDeliveryStates, type DeliveryStates } from './delivery-states';
import type { DeliveryTables } from './delivery-tables';

const migrations = readMigrations(path.join(__dirname, '..', '..', 'migrations'));

describeOnEveryDatabase('delivery states', (openDatabase) => {
  const clock = createVirtualClock();
  let database: Database;
  let states: DeliveryStates;

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'event-store', migrations });
    states = createDeliveryStates(database, clock);
    await database.transact(async (tx) => {
      await states.create(tx, 'billing', 7);
      await states.create(tx, 'audit', 0);
    });
  });

  const stateOf = async (id: string) => (await states.find([id])).get(id);
  const fail = (position: number, state: 'retry' | 'waiting' | 'dead') =>
    database.dialect.insertRows(database.queries, 'observer_failures', [
      {
        observer_id: 'billing',
        position,
        id: `failure-${position}`,
        event_id: `e-${position}`,
        event_type: 'custom',
        order_key: 'key',
        state,
        attempts: 1,
        next_attempt_at: null,
        failed_at: null,
        last_retry: null,
        error: null,
        edited_data: null,
      },
    ]);
  const open = (id: string) =>
    database.queries
      .withTables<DeliveryTables>()
      .updateTable('observer_states')
      .set({ breaker_state: 'open', failures: 5, next_attempt_at: clock.now().getTime() + 1_000 })
      .where('observer_id', '=', id)
      .execute();

  it('begins behind a position, with nothing that failed', async () => {
    expect(await stateOf('billing')).toEqual({
      observerId: 'billing',
      cursor: 7,
      breaker: {
        state: 'closed',
        failureCount: 0,
        successCount: 0,
        lastFailureAt: null,
        failingSince: null,
        nextAttemptAt: null,
      },
      lastDeliveryAt: null,
      waiting: 0,
      deadLetters: 0,
      superseded: 0,
      blockedReason: null,
    });
    expect(await stateOf('nobody')).toBeUndefined();
  });

  it('counts what waits and what is given up apart', async () => {
    await fail(1, 'retry');
    await fail(2, 'waiting');
    await fail(3, 'dead');

    expect(await stateOf('billing')).toMatchObject({ waiting: 2, deadLetters: 1 });
    expect(await stateOf('audit')).toMatchObject({ waiting: 0, deadLetters: 0 });
  });

  it('drops what waits when it is reset, and keeps dead letters', async () => {
    await fail(1, 'retry');
    await fail(2, 'waiting');
    await fail(3, 'dead');

    await states.reset('billing', 2);

    expect(await stateOf('billing')).toMatchObject({ cursor: 2, waiting: 0, deadLetters: 1 });
  });

  it('closes one breaker, or all of them', async () => {
    await open('billing');
    await open('audit');
    expect(await stateOf('billing')).toMatchObject({ blockedReason: 'breaker_open' });

    await states.closeBreakers('billing');
    expect(await stateOf('billing')).toMatchObject({ breaker: { state: 'closed' }, blockedReason: null });
    expect(await stateOf('audit')).toMatchObject({ breaker: { state: 'open' } });

    await states.closeBreakers();
    expect(await stateOf('audit')).toMatchObject({ breaker: { state: 'closed', failureCount: 0 } });
  });

  it('forgets everything of an observer that is removed, and nothing of another', async () => {
    await fail(3, 'dead');

    await database.transact((tx) => states.remove(tx, 'billing'));
    expect(await stateOf('billing')).toBeUndefined();
    expect(await stateOf('audit')).toBeDefined();

    await database.transact((tx) => states.create(tx, 'billing', 0));
    expect(await stateOf('billing')).toMatchObject({ deadLetters: 0 });
  });
});
