import { spawnSync } from 'node:child_process';
import { createVerifyToken } from '../../packages/service-kit/src/auth/verify-token';
import { createSystemClock } from '@fanfare/core';
import { readText, root } from './support/checkout';

const secret = 'the secret of an installation, long enough';

function makeToken(args: readonly string[], env: NodeJS.ProcessEnv = { JWT_SECRET: secret }) {
  const command = [`${root}/scripts/make-token.mjs`, ...args];
  // elsewhere than where a .env may lie
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    env,
    cwd: '/',
    encoding: 'utf8',
  });
  return { status, token: stdout.trim(), stderr };
}

const open = (more = {}) =>
  createVerifyToken({
    config: { mode: 'jwt', secret, longestLifeMs: 86_400_000, ...more },
    clock: createSystemClock(),
    onFailure: () => undefined,
  });

describe('npm run token', () => {
  it('is a command', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

    expect(scripts['token']).toBe('node scripts/make-token.mjs');
  });

  it('makes a token that services take, for an hour unless told otherwise', async () => {
    const verify = await open();
    const soon = (seconds: number) => expect.closeTo(Date.now() + seconds * 1_000, -5) as number;

    const { token } = makeToken(['--sub', 'alice', '--role', 'writer']);
    expect(await verify(token)).toEqual({
      subject: 'alice',
      roles: new Set(['public', 'reader', 'writer']),
      colleague: undefined,
      expiresAtMs: soon(3_600),
    });
    const bound = makeToken([
      '--sub',
      'a',
      '--role',
      'reader',
      '--colleague',
      'm/a',
      '--expires',
      '1d',
    ]).token;
    expect(await verify(bound)).toMatchObject({ colleague: 'm/a', expiresAtMs: soon(86_400) });
  });

  it('says who issued it for whom, where that is checked', async () => {
    const env = { JWT_SECRET: secret, JWT_ISSUER: 'fanfare', JWT_AUDIENCE: 'all' };
    const verify = await open({ issuer: 'fanfare', audience: 'all' });

    const { token } = makeToken(['--sub', 'alice', '--role', 'admin'], env);

    expect(await verify(token)).toMatchObject({ subject: 'alice' });
  });

  it.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['without a secret', ['--sub', 'a', '--role', 'reader'], {}, 'JWT_SECRET must be set'],
    [
      'with a short secret',
      ['--sub', 'a', '--role', 'reader'],
      { JWT_SECRET: 'x' },
      'JWT_SECRET must be set',
    ],
    ['for nobody', ['--role', 'reader'], {}, '--sub is missing'],
    ['without a role', ['--sub', 'a'], {}, '--role must be'],
    ['with a role that there is not', ['--sub', 'a', '--role', 'root'], {}, '--role must be'],
    [
      'for half a colleague',
      ['--sub', 'a', '--role', 'reader', '--colleague', 'm'],
      {},
      '--colleague must be',
    ],
    ['for no time', ['--sub', 'a', '--role', 'reader', '--expires', 'soon'], {}, '--expires must be'],
    ['with what it does not know', ['--subject', 'a'], {}, 'npm run token --'],
  ])('makes none %s', (_, args, env, reason) => {
    const made = makeToken(args, env);

    expect(made).toMatchObject({ status: 2, token: '' });
    expect(made.stderr).toContain(reason);
  });
});
