import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { authForTest } from '../testing/tokens';
import { givenToken } from './given-token';
import { createServiceToken } from './service-token';
import { createVerifyToken } from './verify-token';

describe('the token that a service makes for itself', () => {
  it.each([0, 20_000, 120_000, 86_400_000])(
    'is taken where tokens may live for %d ms',
    async (longestLifeMs) => {
      const clock = createVirtualClock();
      const auth = { ...authForTest, longestLifeMs };
      const makeToken = createServiceToken({ auth, subjectOf: () => 'order-service', clock });
      const verify = await createVerifyToken({ config: auth, clock, onFailure: () => undefined });

      const first = (await makeToken()) ?? '';
      expect(await verify(first)).toMatchObject({ subject: 'order-service', isService: true });
      expect(await makeToken()).toBe(first);

      await clock.advance(300_000);
      const second = (await makeToken()) ?? '';
      expect(second).not.toBe(first);
      expect(await verify(second)).toMatchObject({ subject: 'order-service' });
    },
  );
});

describe('the token that a service is given', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'service-token-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function openFile(content?: string) {
    const file = path.join(folder, 'token');
    if (content !== undefined) writeFileSync(file, content);
    const clock = createVirtualClock();
    const given = { file };
    const token = createServiceToken({ auth: { mode: 'disabled' }, given, subjectOf: () => 'x', clock });
    return { file, clock, token };
  }

  it('in a file is the one that stands there now, a second later at most', async () => {
    const { file, clock, token } = openFile('first\n');
    expect(await token()).toBe('first');

    writeFileSync(file, 'second');
    await clock.advance(1_000);

    expect(await token()).toBe('second');
  });

  it('in a file stays the last one while the file is away', async () => {
    const { file, clock, token } = openFile('first');
    await token();

    rmSync(file);
    await clock.advance(60_000);

    expect(await token()).toBe('first');
  });

  it('in a file that never was there is none: calls wait', async () => {
    await expect(openFile().token()).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is SERVICE_TOKEN or stands in SERVICE_TOKEN_FILE', () => {
    const { file } = openFile('first');

    expect(givenToken({})).toBeUndefined();
    expect(givenToken({ SERVICE_TOKEN: 'x.y.z' })).toEqual({ token: 'x.y.z' });
    expect(givenToken({ SERVICE_TOKEN_FILE: file })).toEqual({ file });
  });

  it.each([
    ['both', { SERVICE_TOKEN: 'x.y.z', SERVICE_TOKEN_FILE: '/token' }, 'are both set'],
    ['a file that is not there', { SERVICE_TOKEN_FILE: '/nowhere/token' }, 'SERVICE_TOKEN_FILE is "/nowhere'],
    ['a file without one', { SERVICE_TOKEN_FILE: '/dev/null' }, 'the file is empty'],
  ])('cannot be %s', (_, env, why) => {
    expect(() => givenToken(env)).toThrow(why);
  });
});
