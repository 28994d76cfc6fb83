import { readEnvironment, type Environment } from '../config/config';
import { authSettings } from './auth-settings';

const read = (env: Environment) => readEnvironment({ auth: authSettings }, env).auth;
const problemsOf = (env: Environment) => {
  try {
    read(env);
  } catch (error) {
    return (error as { readonly problems: readonly string[] }).problems;
  }
  return [];
};
const secret = 'x'.repeat(32);

describe('the settings of authentication', () => {
  it('ask nobody for a token unless told so', () => {
    expect(read({ JWT_SECRET: 'your-secret-key' })).toEqual({ mode: 'disabled' });
  });

  it('take a secret, or the address of public keys, or both', () => {
    const keys = { JWT_SECRET: secret, JWKS_URL: 'https://issuer.example/keys' };

    expect(read({ AUTH_MODE: 'jwt', JWT_SECRET: secret })).toMatchObject({ mode: 'jwt', secret });
    expect(
      read({ AUTH_MODE: 'jwt', ...keys, JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', TOKEN_EXPIRY: '2h' }),
    ).toEqual({
      mode: 'jwt',
      secret,
      jwksUrl: keys.JWKS_URL,
      issuer: 'i',
      audience: 'a',
      longestLifeMs: 7_200_000,
    });
  });

  it('let tokens live for a day', () => {
    expect(read({ AUTH_MODE: 'jwt', JWT_SECRET: secret })).toMatchObject({ longestLifeMs: 86_400_000 });
  });

  it.each<[string, Environment, string]>([
    ['a mode that there is not', { AUTH_MODE: 'basic' }, 'AUTH_MODE is "basic": must be disabled or jwt'],
    [
      'jwt without a key',
      { AUTH_MODE: 'jwt' },
      'set JWT_SECRET, with which tokens are signed (HS256), or JWKS_URL',
    ],
    [
      'the secret of the documentation',
      { AUTH_MODE: 'jwt', JWT_SECRET: 'your-secret-key' },
      'must be changed',
    ],
    [
      'a secret shorter than its hash',
      { AUTH_MODE: 'jwt', JWT_SECRET: 'x'.repeat(31) },
      'JWT_SECRET is too short',
    ],
    [
      'an address that is none',
      { AUTH_MODE: 'jwt', JWKS_URL: 'file:///keys' },
      'JWKS_URL is wrong: must be an http(s) URL',
    ],
    ['a life that is no duration', { TOKEN_EXPIRY: 'a day' }, 'TOKEN_EXPIRY is wrong: must be a duration'],
  ])('refuse %s', (_, env, reason) => {
    const [problem, ...others] = problemsOf(env);

    expect(problem).toContain(reason);
    expect(others).toEqual([]);
  });

  it('never show the secret', () => {
    expect(problemsOf({ AUTH_MODE: 'jwt', JWT_SECRET: 'hunter2' }).join()).not.toContain('hunter2');
  });
});
