import { createVirtualClock } from '@fanfare/core';
import { nobody } from './caller';
import { rememberCallers } from './remember-callers';
import { invalidToken } from './unauthorised';

function remember(lifeMs = Infinity, maxTokens?: number) {
  const clock = createVirtualClock();
  const checked: string[] = [];
  const expiresAtMs = clock.now().getTime() + lifeMs;
  const verify = rememberCallers(
    async (token) => {
      checked.push(token);
      if (token === 'bad') throw invalidToken('bad');
      return { ...nobody, subject: token, expiresAtMs };
    },
    { clock, ...(maxTokens !== undefined && { maxTokens }) },
  );
  return { clock, checked, verify };
}

describe('a token that was checked', () => {
  it('is not checked again for a minute, and known without waiting', async () => {
    const { clock, checked, verify } = remember();
    const first = await verify('a');

    expect(verify('a')).toBe(first);
    await clock.advance(59_999);
    expect(verify('a')).toBe(first);
    await clock.advance(1);
    await verify('a');

    expect(checked).toEqual(['a', 'a']);
  });

  it('is checked again when it has expired', async () => {
    const { clock, checked, verify } = remember(10_000);
    await verify('a');
    await clock.advance(10_000);
    await verify('a');

    expect(checked).toEqual(['a', 'a']);
  });

  it('is checked each time when it is bad', async () => {
    const { checked, verify } = remember();
    for (let count = 0; count < 3; count += 1) await expect(verify('bad')).rejects.toThrow('bad');

    expect(checked).toHaveLength(3);
  });

  it('makes room for others: only so many are kept', async () => {
    const { checked, verify } = remember(Infinity, 2);
    for (const token of ['a', 'b', 'c', 'c', 'b', 'a']) await verify(token);

    expect(checked).toEqual(['a', 'b', 'c', 'a']);
  });
});
