import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createIssuerKey, openIssuer, type IssuerForTest } from '../testing/issuer';
import { signToken, tokenFor } from '../testing/tokens';
import { claimsAt, ec, openVerifier, refused, rsa } from '../testing/verify-tokens';
import type { JwtConfig } from './auth-settings';
import type { VerifyToken } from './verify-token';

const weak = createIssuerKey('rsa-weak', 'RS256', 1024);

let clock: VirtualClock;
const seconds = () => Math.floor(clock.now().getTime() / 1000);
const claims = (more: object = {}) => claimsAt(clock.now(), more);
const open = (config: Partial<JwtConfig> = {}) => openVerifier(clock, config);

beforeEach(() => {
  clock = createVirtualClock();
});

describe('a token', () => {
  it('tells who calls, as what, for which colleague, and until when', async () => {
    const verify = await open();
    const token = tokenFor({ roles: ['operator'], colleague: 'm/a' }, clock.now());

    expect(await verify(token)).toEqual({
      subject: 'tester',
      roles: new Set(['public', 'reader', 'writer', 'operator']),
      colleague: 'm/a',
      expiresAtMs: (seconds() + 3_600) * 1_000,
    });
  });

  it('without a role that is known may do what is public', async () => {
    const verify = await open();

    for (const roles of [undefined, [], ['root', 'Admin']]) {
      expect((await verify(tokenFor({ roles }, clock.now()))).roles).toEqual(new Set(['public']));
    }
  });

  it('counts from its beginning to its end, give or take five seconds', async () => {
    const verify = await open();
    const at = async (more: object) => {
      const found = await verify(signToken({ alg: 'HS256' }, claims(more))).catch((error: unknown) => error);
      return found instanceof Error ? found.message : 'counts';
    };

    expect(await at({ exp: seconds() - 4 })).toBe('counts');
    expect(await at({ exp: seconds() - 6 })).toBe('the token has expired');
    expect(await at({ nbf: seconds() + 4 })).toBe('counts');
    expect(await at({ nbf: seconds() + 6 })).toContain('wrong claim: nbf');
    expect(await at({ iat: seconds() + 6 })).toContain('issued in the future');
  });

  it('may live no longer than it is allowed to', async () => {
    const verify = await open({ longestLifeMs: 3_600_000 });
    const of = (life: number) => signToken({ alg: 'HS256' }, claims({ exp: seconds() + life }));

    expect(await verify(of(3_600))).toMatchObject({ subject: 'ann' });
    await expect(verify(of(3_601))).rejects.toEqual(refused('lives longer than TOKEN_EXPIRY'));
    await expect(verify(tokenFor({ iat: undefined }, clock.now()))).rejects.toEqual(refused('iat'));
  });

  it('may live for any time where there is no limit, but must have an end', async () => {
    const verify = await open({ longestLifeMs: 0 });

    const endless = { sub: 'ann', exp: seconds() + 10 ** 9 };
    expect(await verify(signToken({ alg: 'HS256' }, endless))).toMatchObject({ subject: 'ann' });
    await expect(verify(signToken({ alg: 'HS256' }, { sub: 'ann' }))).rejects.toEqual(refused('exp'));
  });

  it('is of the issuer and for the audience that are asked for', async () => {
    const verify = await open({ issuer: 'https://issuer', audience: 'fanfare' });
    const of = (more: Readonly<Record<string, unknown>>) => verify(tokenFor(more, clock.now()));

    expect(await of({ iss: 'https://issuer', aud: ['other', 'fanfare'] })).toMatchObject({
      subject: 'tester',
    });
    await expect(of({ iss: 'https://issuer' })).rejects.toEqual(refused('aud'));
    await expect(of({ iss: 'https://issuer', aud: 'other' })).rejects.toEqual(refused('aud'));
    await expect(of({ iss: 'https://other', aud: 'fanfare' })).rejects.toEqual(refused('iss'));
    await expect(of({ aud: 'fanfare' })).rejects.toEqual(refused('iss'));
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a subject that would break log lines', { sub: 'a\nb' }],
    ['a subject that is no text', { sub: 7 }],
    ['roles that are no list', { roles: 'admin' }],
    ['roles that are no names', { roles: [{ admin: true }] }],
    ['a colleague without a mediator', { colleague: 'ann' }],
    ['a colleague of several', { colleague: 'm/a/b' }],
    ['a colleague that is a list', { colleague: ['m/a'] }],
    ['an end that is a text', { exp: '9999999999' }],
    ['an end that is no number', { exp: null }],
    ['a beginning that is a text', { nbf: '0' }],
    ['a birth that is a text', { iat: '0' }],
  ])('with %s does not count', async (_, more) => {
    const verify = await open();

    await expect(verify(tokenFor(more, clock.now()))).rejects.toEqual(refused(''));
  });
});

describe('what is no token of ours', () => {
  let issuer: IssuerForTest;
  let verify: VerifyToken;

  beforeEach(async () => {
    issuer = await openIssuer(rsa, ec, weak);
    verify = await open({ jwksUrl: issuer.url });
  });
  afterEach(() => issuer[Symbol.asyncDispose]());

  const hmac = (header: object, secret?: string | Buffer) =>
    signToken(header, claims({ roles: ['admin'] }), secret);
  const pem = () => rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const der = () => rsa.publicKey.export({ type: 'spki', format: 'der' });
  const cut = (token: string, parts: number) => token.split('.').slice(0, parts).join('.');
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signedByOwn = (header: object) => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${encode(header)}.${encode(claims())}`;
    const signature = sign('sha256', Buffer.from(signed), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  const ownJwk = () => own.publicKey.export({ format: 'jwk' });

  it.each<[string, () => string]>([
    ['unsigned', () => `${cut(hmac({ alg: 'none' }), 2)}.`],
    ['unsigned in other letters', () => `${cut(hmac({ alg: 'NoNe' }), 2)}.`],
    ['unsigned with something behind it', () => hmac({ alg: 'none' })],
    ['without its signature', () => `${cut(hmac({ alg: 'HS256' }), 2)}.`],
    ['in two parts', () => cut(hmac({ alg: 'HS256' }), 2)],
    ['in four parts', () => `${hmac({ alg: 'HS256' })}.x`],
    ['encrypted by its looks, in five parts', () => `${hmac({ alg: 'dir', enc: 'A256GCM' })}.x.y`],
    ['signed with another secret', () => hmac({ alg: 'HS256' }, 'another secret that is long enough')],
    ['signed with no secret', () => hmac({ alg: 'HS256' }, '')],
    ['signed with the public key as a secret', () => hmac({ alg: 'HS256' }, pem())],
    [
      'signed with the bytes of the public key as a secret',
      () => hmac({ alg: 'HS256', kid: 'rsa-1' }, der()),
    ],
    [
      'signed with the modulus as a secret',
      () => hmac({ alg: 'HS256' }, Buffer.from(rsa.jwk.n ?? '', 'base64url')),
    ],
    ['of a longer hash', () => hmac({ alg: 'HS512' })],
    ['of an algorithm in small letters', () => hmac({ alg: 'hs256' })],
    ['of an algorithm that is a list', () => hmac({ alg: ['HS256'] })],
    ['without an algorithm', () => hmac({})],
    ['of an HMAC that says RS256', () => hmac({ alg: 'RS256', kid: 'rsa-1' })],
    ['of an HMAC that says ES256', () => hmac({ alg: 'ES256', kid: 'ec-1' })],
    ['of an RSA key that says ES256', () => rsa.sign(claims(), { alg: 'ES256' })],
    ['of an RSA key that says PS256', () => rsa.sign(claims(), { alg: 'PS256' })],
    ['of an RSA key that names the other', () => rsa.sign(claims(), { kid: 'ec-1' })],
    ['of a key that is too short', () => weak.sign(claims())],
    ['of a key that nobody knows', () => rsa.sign(claims(), { kid: 'rsa-9' })],
    ['of a key by the path of a file', () => rsa.sign(claims(), { kid: '../../dev/null' })],
    ['of a key by a query', () => rsa.sign(claims(), { kid: "' OR 1=1 --" })],
    ['of a key that is no text', () => rsa.sign(claims(), { kid: { toString: 'rsa-1' } })],
    ['of a key that it brings along', () => signedByOwn({ alg: 'ES256', jwk: ownJwk() })],
    [
      'of a key that it brings along under a known name',
      () => signedByOwn({ alg: 'ES256', kid: 'ec-1', jwk: ownJwk() }),
    ],
    [
      'of a key at its own address',
      () => signedByOwn({ alg: 'ES256', kid: 'ec-1', jku: 'http://127.0.0.1:1/' }),
    ],
    [
      'of a certificate of its own',
      () => signedByOwn({ alg: 'ES256', x5c: ['MIIB'], x5u: 'http://127.0.0.1:1/' }),
    ],
    [
      'with a signature of zeros',
      () => `${cut(ec.sign(claims()), 2)}.${Buffer.alloc(64).toString('base64url')}`,
    ],
    [
      'with a signature in another form',
      () => `${cut(ec.sign(claims()), 2)}.${Buffer.alloc(70, 48).toString('base64url')}`,
    ],
    ['with a critical header that nobody knows', () => hmac({ alg: 'HS256', crit: ['x'], x: 1 })],
    ['with a payload that is not encoded', () => hmac({ alg: 'HS256', b64: false, crit: ['b64'] })],
    ['with a payload that is no object', () => signToken({ alg: 'HS256' }, '"ann"')],
    ['with a payload that is no JSON', () => signToken({ alg: 'HS256' }, '{')],
    ['with a header that is no JSON', () => `${Buffer.from('{').toString('base64url')}.e30.e30`],
    ['with a changed payload', () => hmac({ alg: 'HS256' }).replace(/\.e/, '.f')],
    ['in base64 of the other kind', () => `${hmac({ alg: 'HS256' })}==`],
    ['with a space in it', () => hmac({ alg: 'HS256' }).replace('.', ' .')],
    ['longer than any of ours', () => signToken({ alg: 'HS256' }, claims({ fill: 'x'.repeat(10_000) }))],
    ['empty', () => ''],
    ['nothing but dots', () => '..'],
    ['noise', () => '\u{1f511}.\u0000.%%%'],
  ])('is refused: %s', async (_, make) => {
    await expect(verify(make())).rejects.toMatchObject({
      status: 401,
      extra: {
        headers: {
          'www-authenticate': expect.stringMatching(
            /^Bearer realm="fanfare", error="invalid_token", error_description="[^"\\]+"$/,
          ) as string,
        },
      },
    });
  });

  it('is told from what is', async () => {
    for (const token of [hmac({ alg: 'HS256' }), rsa.sign(claims()), ec.sign(claims())]) {
      expect(await verify(token)).toMatchObject({ subject: 'ann' });
    }
    // what a header says of keys does not matter to a token that is signed with the right one
    expect(await verify(ec.sign(claims(), { jku: 'http://127.0.0.1:1/', jwk: ownJwk() }))).toMatchObject({
      subject: 'ann',
    });
  });

  it('is refused when it is signed with a secret where only public keys count', async () => {
    const byKeysOnly = await open({ secret: undefined, jwksUrl: issuer.url });

    await expect(byKeysOnly(hmac({ alg: 'HS256' }))).rejects.toEqual(
      refused('not signed by a key that counts'),
    );
    await expect(byKeysOnly(hmac({ alg: 'HS256' }, pem()))).rejects.toEqual(refused('not signed'));
  });

  it('is refused when it is signed by a key where only a secret counts', async () => {
    const bySecretOnly = await open();

    await expect(bySecretOnly(rsa.sign(claims()))).rejects.toEqual(
      refused('not signed by a key that counts'),
    );
  });
});
