import { z } from 'zod';
import { hostSettings } from '../hosting/host-settings';
import { ConfigError, readEnvironment, variable, type Environment, type Setting } from './config';
import { listenAddress, serviceName } from './settings';
import { flag } from './value-schemas';
import { wholeNumber } from './whole-number';

function problemsOf(
  settings: Readonly<Record<string, Setting<unknown>>>,
  env: Environment,
): readonly string[] {
  try {
    readEnvironment(settings, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}

describe('the configuration', () => {
  it('names every bad variable in one message', () => {
    const settings = {
      listen: listenAddress({ port: 8080 }),
      attempts: variable('MAX_ATTEMPTS', wholeNumber({ min: 1, max: 100 }).default(10)),
      url: variable('OWNER_URL', z.url('must be a URL')),
    };
    const env = { SERVICE_PORT: '80a', MAX_ATTEMPTS: '0' };

    expect(() => readEnvironment(settings, env)).toThrow(
      [
        'the configuration does not fit:',
        '  - SERVICE_PORT is "80a": must be a whole number from 0 to 65535',
        '  - MAX_ATTEMPTS is "0": must be a whole number from 1 to 100',
        '  - OWNER_URL is not set: must be a URL',
      ].join('\n'),
    );
  });

  it.each(['JWT_SECRET', 'SMTP_PASSWORD', 'API_TOKEN', 'DATABASE_URL'])(
    'does not repeat the value of %s',
    (name) => {
      const problems = problemsOf(
        { it: variable(name, z.string().max(3, 'is too long')) },
        { [name]: 'hunter2' },
      );

      expect(problems).toEqual([`${name} is wrong: is too long`]);
    },
  );

  it('takes an empty variable for one that is not set', () => {
    const config = readEnvironment(
      { listen: listenAddress({ port: 8080 }), name: serviceName('order-service') },
      { SERVICE_PORT: '', HOST: '', SERVICE_NAME: '' },
    );

    expect(config).toEqual({ listen: { host: '127.0.0.1', port: 8080 }, name: 'order-service' });
  });

  it('prefers SERVICE_PORT to PORT', () => {
    const read = listenAddress({ port: 8080 });

    expect([read({ PORT: '1' }).port, read({ PORT: '1', SERVICE_PORT: '2' }).port]).toEqual([1, 2]);
  });

  it('takes only true and false for a flag', () => {
    const settings = { strict: variable('STRICT', flag().default(false)) };

    expect(readEnvironment(settings, { STRICT: 'true' }).strict).toBe(true);
    expect(readEnvironment(settings, {}).strict).toBe(false);
    expect(problemsOf(settings, { STRICT: 'yes' })).toEqual(['STRICT is "yes": must be true or false']);
  });

  it('throws on what is a bug and not a variable', () => {
    const broken = () => {
      throw new TypeError('a bug');
    };

    expect(() => readEnvironment({ broken }, {})).toThrow(TypeError);
  });
});

describe('the configuration of the host', () => {
  const read = (env: Environment, isTerminal = false) => readEnvironment(hostSettings({ isTerminal }), env);

  it('logs for people on a terminal and for machines elsewhere, unless told otherwise', () => {
    const formats = [
      read({}, true),
      read({}),
      read({ LOG_FORMAT: 'pretty' }),
      read({ LOG_FORMAT: 'json' }, true),
    ];

    expect(formats.map(({ logFormat }) => logFormat)).toEqual(['pretty', 'json', 'pretty', 'json']);
  });

  it('refuses authentication by JWT without a key', () => {
    expect(() => read({ AUTH_MODE: 'jwt' })).toThrow(
      'AUTH_MODE is "jwt" and there is no key: set JWT_SECRET',
    );
  });

  it('warns of the secret that every copy of the documentation holds', () => {
    expect(read({ JWT_SECRET: 'your-secret-key' }).warnings).toEqual([expect.stringContaining('JWT_SECRET')]);
    expect(read({ JWT_SECRET: 'another' }).warnings).toEqual([]);
  });
});
