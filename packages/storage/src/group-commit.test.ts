import { AppError } from '@fanfare/core';
import type { Transact } from './database';
import { groupCommit } from './group-commit';

describe('group commit', () => {
  it('runs no work a second time when the database went away: the commit may have taken place', async () => {
    let transactions = 0;
    const transact: Transact = () => {
      transactions += 1;
      return Promise.reject(new AppError('unavailable', 'away'));
    };
    const transactTogether = groupCommit({ transact });

    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((id) => transactTogether(async () => id)));

    expect(outcomes).toMatchObject(Array(3).fill({ status: 'rejected', reason: { code: 'unavailable' } }));
    expect(transactions).toBe(2);
  });
});
