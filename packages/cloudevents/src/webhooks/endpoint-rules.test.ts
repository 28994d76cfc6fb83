import { createVirtualClock } from '@fanfare/core';
import { allowsPrivateEndpoints, createCheckEndpoint } from './endpoint-rules';

const addresses: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['93.184.216.34', '2606:2800:220:1::1'],
  'inside.example': ['10.0.0.7'],
  'mixed.example': ['93.184.216.34', '127.0.0.1'],
};

const checkEndpoint = createCheckEndpoint({
  allowPrivate: false,
  clock: createVirtualClock(),
  resolve: async (name) => {
    const found = addresses[name];
    if (!found) throw new Error('ENOTFOUND');
    return found;
  },
});

describe('an endpoint', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://169.254.169.254/latest/meta-data/',
    'https://192.168.0.1:8443/',
    'http://localhost:3000/',
    'http://LOCALHOST./',
    'http://api.localhost/',
    'http://inside.example/',
    'http://mixed.example/',
  ])('at %s is refused', async (endpoint) => {
    expect(await checkEndpoint(endpoint)).toContain('must not lead to a private');
  });

  it.each([
    'https://8.8.8.8/hook',
    'https://[2606:4700:4700::1111]/hook',
    'https://public.example/hook',
    'https://does-not-resolve-now.example/hook',
  ])('at %s is accepted', async (endpoint) => {
    expect(await checkEndpoint(endpoint)).toBeNull();
  });

  it('may be anywhere where private addresses are allowed, and then no name is resolved', async () => {
    const resolve = jest.fn();
    const check = createCheckEndpoint({ allowPrivate: true, clock: createVirtualClock(), resolve });

    expect(await check('http://inside.example/')).toBeNull();
    expect(resolve).not.toHaveBeenCalled();
  });

  it('is accepted when no name server answers in time', async () => {
    const clock = createVirtualClock();
    const check = createCheckEndpoint({
      allowPrivate: false,
      clock,
      resolve: () => new Promise(() => undefined),
    });

    const answer = check('http://slow.example/');
    await clock.advance(2_000);

    expect(await answer).toBeNull();
  });
});

describe('private endpoints', () => {
  it.each([
    [undefined, '127.0.0.1', true],
    [undefined, 'localhost', true],
    [undefined, '::1', true],
    [undefined, '0.0.0.0', false],
    [undefined, '::', false],
    [undefined, '10.0.0.1', false],
    [false, '127.0.0.1', false],
    [true, '0.0.0.0', true],
  ])('with WEBHOOK_ALLOW_PRIVATE=%j and the service at %s are allowed: %j', (allowed, host, expected) => {
    const listen = { host, port: 1 };

    expect(allowsPrivateEndpoints({ allowPrivateWebhooks: allowed, listen })).toBe(expected);
  });
});
