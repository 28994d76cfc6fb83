import { createVirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { sql } from 'kysely';
import { openDatabase } from '../../open-database';
import { databaseAdapters, describeAdapter } from '../../testing/adapters';
import { createGate } from '../../testing/gate';

describe.each(databaseAdapters().slice(-1))('the pool of a $name database', (mysql) => {
  describeAdapter(mysql, (underTest) => {
    afterEach(() => underTest.removeAll());

    it('has the size and the longest wait that the URL sets', async () => {
      const clock = createVirtualClock();
      const url = await underTest.createUrl();
      const database = await openDatabase(`${url}?pool=2&pool_wait_ms=300`, { clock });
      const gate = createGate();
      const use = () =>
        database.transact(async ({ queries }) => {
          await sql`select 1`.execute(queries);
          await gate.passed;
        });
      const served = [use(), use()];
      await eventually(() => {
        expect(database.poolState()).toEqual({ used: 2, idle: 0, waiting: 0 });
      });

      const refused = expect(use()).rejects.toMatchObject({ code: 'unavailable' });
      await clock.advance(299);
      expect(database.poolState()).toEqual({ used: 2, idle: 0, waiting: 1 });
      await clock.advance(1);

      await refused;
      gate.open();
      await Promise.all(served);
      await database.close();
    });
  });
});
