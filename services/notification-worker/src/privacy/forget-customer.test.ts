import { createVirtualClock } from '@fanfare/core';
import { migrateForgotten } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { notificationOf } from '../../test/support/notifications';
import { newId, orderCreatedEvent, time } from '../../test/support/order-events';
import { prepareDatabase } from '../../test/support/prepare-database';
import { createNotificationStore } from '../notifications/notification-store';
import type { NotificationTables } from '../notifications/notification-tables';
import { createForgetCustomer } from './forget-customer';

const goOn = () => undefined;
const customer = 'customer-to-forget';
const erasure = { subject: customer, erasedAt: time };

describeOnEveryDatabase('a customer with many notifications', (openDatabase) => {
  let database: Database;
  /** How many were given up, by transaction. */
  let givenUp: number[];

  async function noteMany(): Promise<void> {
    const notifications = Array.from({ length: 1_200 }, (_, index) => {
      const customerId = index % 3 === 0 ? 'customer-1' : customer;
      return notificationOf(orderCreatedEvent(`o-${index}`, { customerId }), { customerId });
    });
    await database.transact((tx) => createNotificationStore(database).record(tx, notifications));
  }

  function open({ failAt = 0 } = {}) {
    givenUp = [];
    return createForgetCustomer({
      database,
      clock: createVirtualClock(),
      newId,
      topicLog: {
        append(_, events) {
          if (givenUp.length + 1 === failAt) throw new Error('the database went away');
          givenUp.push(events.length);
        },
      },
    });
  }

  async function countNamed(): Promise<number> {
    const { named } = await database.queries
      .withTables<NotificationTables>()
      .selectFrom('notifications')
      .select((row) => row.fn.countAll<number>().as('named'))
      .where((row) => row.or([row('customer_id', '=', customer), row('event_data', 'like', `%${customer}%`)]))
      .executeTakeFirstOrThrow();
    return named;
  }

  beforeEach(async () => {
    database = await openDatabase();
    await prepareDatabase(database);
    await migrateForgotten(database);
    await noteMany();
  });

  it('is forgotten in several transactions, of a few hundred at most', async () => {
    await open().forgetFirst(erasure, goOn);

    expect(givenUp).toEqual([333, 333, 134]);
    expect(await countNamed()).toBe(0);
  });

  it('stays forgotten as far as it had come when it is broken off, and the rest follows', async () => {
    await expect(open({ failAt: 2 }).forgetFirst(erasure, goOn)).rejects.toThrow('the database went away');
    expect(await countNamed()).toBe(467);

    await open().forgetFirst(erasure, goOn);

    expect(givenUp).toEqual([333, 134]);
    expect(await countNamed()).toBe(0);
  });

  it('waits for the next start when the service stops', async () => {
    const stop = () => {
      throw new Error('the service stops');
    };

    await expect(open().forgetFirst(erasure, stop)).rejects.toThrow('the service stops');

    expect(givenUp).toEqual([333]);
  });
});
