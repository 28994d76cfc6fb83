import path from 'node:path';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { mediatorStore } from '../../../mediators/mediator-store';
import { definitionSchema } from './definition-schema';
import { definitionStore } from './definition-store';
import { createManageDefinitions } from './manage-definitions';

const migrations = readMigrations(path.join(__dirname, '..', '..', '..', '..', 'migrations')).filter(
  ({ name }) => name === 'mediators' || name === 'definitions',
);
const schema = definitionSchema({ retryCount: 3, timeoutMs: 1_000 });
const at = new Date('2026-03-01T12:00:00.000Z');
const manageDefinitions = createManageDefinitions({ now: () => at });

describeOnEveryDatabase('definitions of two instances', (openDatabase, { reopen }) => {
  let database: Database;
  let other: Database;

  beforeEach(async () => {
    database = await openDatabase();
    await migrate(database, { component: 'mediator', migrations });
    await database.transact((tx) =>
      mediatorStore.insert(tx, {
        key: 1,
        name: 'w',
        kind: 'workflow',
        description: null,
        metadata: null,
        revision: 'r',
        at,
      }),
    );
    other = await reopen();
  });

  /** Posts at the two instances by turns, all at once; gives the versions. */
  function postAll(definitions: readonly object[]): readonly Promise<number>[] {
    return definitions.map(async (definition, n) => {
      const instance = n % 2 === 0 ? database : other;
      const { object } = await instance.transact((tx) =>
        manageDefinitions.post(tx, 'w', schema.parse(definition)),
      );
      return object.version;
    });
  }

  it('have one version each, without gaps, and equal ones have one together', async () => {
    const all = Array.from({ length: 20 }, (_, n) => ({
      name: 'ship',
      steps: [{ id: 's', type: `type-${n}` }],
    }));

    const different = await Promise.all(postAll(all));
    const equal = await Promise.all(postAll(Array.from({ length: 6 }, () => ({ ...all[0], name: 'pack' }))));

    expect(different.sort((a, b) => a - b)).toEqual(all.map((_, n) => n + 1));
    expect(equal).toEqual([1, 1, 1, 1, 1, 1]);
    expect(await definitionStore.find(database.queries, 1, 'ship')).toMatchObject({ version: 20 });
  });

  it('never lead to each other in a circle', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = [`a${round}`, `b${round}`];
      await Promise.all(postAll([{ name: a, steps: [{ id: 's', type: 't' }] }]));
      await Promise.all(postAll([{ name: b, steps: [{ id: 's', type: 't' }] }]));

      const both = await Promise.allSettled(
        postAll([
          { name: a, steps: [{ id: 's', workflow: b }] },
          { name: b, steps: [{ id: 's', workflow: a }] },
        ]),
      );

      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('that were removed long ago are forgotten, not those that are there', async () => {
    for (const type of ['t', 'u']) {
      await Promise.all(postAll(['old', 'new'].map((name) => ({ name, steps: [{ id: 's', type }] }))));
    }
    await database.transact((tx) => manageDefinitions.remove(tx, 'w', 'old'));
    const later = new Date(at.getTime() + 1);

    expect(await definitionStore.prune(database.queries, at, 10)).toBe(0);
    expect(await definitionStore.prune(database.queries, later, 1)).toBe(1);
    expect(await definitionStore.prune(database.queries, later, 10)).toBe(1);
    expect(await definitionStore.prune(database.queries, later, 10)).toBe(0);
    expect(await definitionStore.find(database.queries, 1, 'new', 1)).toMatchObject({ version: 1 });
  });
});
