import type { Database } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { forgottenSubjects, migrateForgotten } from './forgotten-subjects';

describeOnEveryDatabase('those who were forgotten', (open) => {
  const at = (seconds: number) => new Date(seconds * 1000);

  async function isForgotten(database: Database, subject: string, seconds: number): Promise<boolean> {
    const find = await database.transact((tx) => forgottenSubjects.find(tx, [subject]));
    return find([subject], at(seconds));
  }

  it.each([
    ['in their order', [10, 20]],
    ['the later one first', [20, 10]],
    ['one of them again', [20, 10, 20, 10]],
  ])('stay so until their latest erasure, when the erasures are told %s', async (_, erasures) => {
    const database = await open();
    await migrateForgotten(database);

    for (const seconds of erasures) {
      await database.transact((tx) => forgottenSubjects.add(tx, { subject: 'ada', erasedAt: at(seconds) }));
    }

    expect(await isForgotten(database, 'ada', 20)).toBe(true);
    expect(await isForgotten(database, 'ada', 21)).toBe(false);
    expect(await isForgotten(database, 'somebody-else', 5)).toBe(false);
    expect(await database.transact((tx) => forgottenSubjects.count(tx))).toBe(erasures.length);
  });
});
