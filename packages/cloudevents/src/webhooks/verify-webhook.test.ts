import { createVirtualClock } from '@fanfare/core';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { HeaderFields } from './headers';
import { createSigner } from './sign-webhook';
import { createVerifier } from './verify-webhook';

interface Vector {
  readonly scheme: 'v1' | 'v1a';
  readonly secret?: string;
  readonly ed25519_seed_base64?: string;
  readonly id: string;
  readonly timestamp: number;
  readonly payload: string;
  readonly signature: string;
}

const { vectors, must_reject, must_accept } = JSON.parse(
  readFileSync(path.join(__dirname, '../../conformance/standard-webhooks/vectors.json'), 'utf8'),
) as { vectors: readonly Vector[]; must_reject: readonly string[]; must_accept: readonly string[] };

const secretOf = ({ secret, ed25519_seed_base64 }: Vector) => secret ?? `whsk_${ed25519_seed_base64 ?? ''}`;
const publicKey = 'whpk_ZlN4eg7dSSqi0moX9hQUk3orrOouK3QVQSlJa248c/g=';
const sentAt = new Date(1_614_265_330_000);
const clock = createVirtualClock(sentAt);
const [symmetric, asymmetric] = vectors as [Vector, Vector];
const body = symmetric.payload;
const headersWith = (changes: HeaderFields): HeaderFields => ({
  'webhook-id': symmetric.id,
  'webhook-timestamp': String(symmetric.timestamp),
  'webhook-signature': symmetric.signature,
  ...changes,
});
const verifierOf = (...secrets: readonly string[]) => createVerifier({ secrets, clock });
const { verify } = verifierOf(secretOf(symmetric));
const wrong = 'Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=';
const atAge = (seconds: number) => ({ 'webhook-timestamp': String(symmetric.timestamp - seconds) });
const signAtAge = (seconds: number) =>
  createSigner({ secrets: [secretOf(symmetric)], clock }).sign({
    id: 'n-1',
    timestamp: new Date(sentAt.getTime() - seconds * 1_000),
    body,
  });

describe('the vectors of Standard Webhooks', () => {
  it('are all here', () => {
    expect(vectors.map(({ scheme }) => scheme)).toEqual(['v1', 'v1a']);
  });

  it.each(vectors)('give the signature of $scheme', (vector) => {
    const { id, payload, signature } = vector;

    const headers = createSigner({ secrets: [secretOf(vector)], clock }).sign({ id, body: payload });

    expect(headers['webhook-signature']).toBe(signature);
    expect(verifierOf(secretOf(vector)).verify(headers, payload)).toEqual({
      ok: true,
      id,
      timestamp: sentAt,
    });
  });

  const rejections: Readonly<Record<string, readonly [HeaderFields, string]>> = {
    'missing webhook-id': [{ 'webhook-id': undefined }, 'webhook-id is missing'],
    'missing webhook-timestamp': [{ 'webhook-timestamp': undefined }, 'webhook-timestamp is missing'],
    'non-numeric timestamp': [
      { 'webhook-timestamp': 'soon' },
      'webhook-timestamp is not a number of seconds',
    ],
    'missing webhook-signature': [{ 'webhook-signature': undefined }, 'webhook-signature is missing'],
    'wrong signature': [{ 'webhook-signature': `v1,${wrong}` }, 'no signature is by a secret that is known'],
    "partial signature 'v1,'": [{ 'webhook-signature': 'v1,' }, 'no signature is by a secret that is known'],
    'timestamp older than 5 min': [signAtAge(301), 'webhook-timestamp is 301 s old'],
    'timestamp newer than 5 min': [signAtAge(-301), 'webhook-timestamp is 301 s ahead'],
  };
  const badSecrets: Readonly<Record<string, string>> = { 'empty secret': '', 'bare prefix whsec_': 'whsec_' };

  it('lead to each rejection that is listed', () => {
    expect([...Object.keys(rejections), ...Object.keys(badSecrets)]).toEqual(must_reject);
  });

  it.each(Object.entries(rejections))('reject: %s', (_, [changes, reason]) => {
    expect(verify(headersWith(changes), body)).toEqual({ ok: false, reason });
  });

  it.each(Object.entries(badSecrets))('reject: %s', (_, secret) => {
    expect(() => verifierOf(secret)).toThrow('webhook secret 1 of 1 is empty');
  });

  const both = `${asymmetric.signature} ${symmetric.signature}`;
  const acceptances: Readonly<Record<string, readonly (readonly [secret: string, signature: string])[]>> = {
    'list with several v1/v2 wrong signatures and one right one': [
      [secretOf(symmetric), `v1,${wrong} v2,${wrong} ${symmetric.signature} v1,${wrong}`],
    ],
    'secret with and without whsec_ prefix': [
      [secretOf(symmetric), symmetric.signature],
      [secretOf(symmetric).replace('whsec_', ''), symmetric.signature],
    ],
    'symmetric and asymmetric signatures side by side during rotation': [
      [secretOf(symmetric), both],
      [secretOf(asymmetric), both],
      [publicKey, both],
    ],
  };

  it('lead to each acceptance that is listed', () => {
    expect(Object.keys(acceptances)).toEqual(must_accept);
  });

  it.each(Object.entries(acceptances))('accept: %s', (_, cases) => {
    for (const [secret, signature] of cases) {
      const verification = verifierOf(secret).verify(headersWith({ 'webhook-signature': signature }), body);
      expect(verification).toEqual({ ok: true, id: symmetric.id, timestamp: sentAt });
    }
  });
});

describe('a verifier', () => {
  it('accepts what the official library signs, and nothing else of that webhook', () => {
    const anySecret = fc
      .uint8Array({ minLength: 24, maxLength: 64 })
      .map((bytes) => Buffer.from(bytes).toString('base64'));
    const anyId = fc.stringMatching(/^[\x21-\x7e]{1,64}$/);
    const anyBody = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(anySecret, anyId, anyBody, anyBody, (secret, id, payload, other) => {
        const signature = new Webhook(secret).sign(id, sentAt, payload);
        const headers = headersWith({ 'webhook-id': id, 'webhook-signature': signature });

        expect(verifierOf(secret).verify(headers, payload).ok).toBe(true);
        expect(verifierOf(secret).verify(headers, Buffer.from(other)).ok).toBe(payload === other);
        expect(verifierOf(secret).verify({ ...headers, 'webhook-id': `${id}x` }, payload).ok).toBe(false);
        expect(verifierOf(secret).verify({ ...headers, ...atAge(1) }, payload).ok).toBe(false);
      }),
    );
  });

  it.each([300, -300])('accepts a webhook that is %i s old, and none beyond', (seconds) => {
    expect(verify(signAtAge(seconds), body).ok).toBe(true);
    expect(verify(signAtAge(seconds + Math.sign(seconds)), body).ok).toBe(false);
  });

  it('takes its tolerance as a setting', () => {
    const { verify } = createVerifier({ secrets: [secretOf(symmetric)], toleranceSeconds: 10, clock });

    expect(verify(signAtAge(10), body).ok).toBe(true);
    expect(verify(signAtAge(11), body).ok).toBe(false);
  });

  it('accepts a webhook that is signed by any of its secrets', () => {
    const both = verifierOf(publicKey, secretOf(symmetric));

    expect(both.verify(headersWith({}), body).ok).toBe(true);
    expect(both.verify(headersWith({ 'webhook-signature': asymmetric.signature }), body).ok).toBe(true);
  });

  it('takes no signature of one version for one of another', () => {
    const symmetricAs = (version: string) => symmetric.signature.replace('v1', version);

    for (const version of ['v0', 'v2', 'V1', 'v1a', 'v1 ']) {
      expect(verify(headersWith({ 'webhook-signature': symmetricAs(version) }), body).ok).toBe(false);
    }
    expect(
      verifierOf(publicKey).verify(headersWith({ 'webhook-signature': symmetricAs('v1a') }), body).ok,
    ).toBe(false);
  });

  it('looks at no more signatures than a rotation can need', () => {
    const many = (count: number) =>
      [...Array<string>(count).fill(`v1,${wrong}`), symmetric.signature].join(' ');

    expect(verify(headersWith({ 'webhook-signature': many(31) }), body).ok).toBe(true);
    expect(verify(headersWith({ 'webhook-signature': many(32) }), body)).toEqual({
      ok: false,
      reason: 'more than 32 signatures',
    });
  });

  it('answers whatever the headers hold', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (id, timestamp, signature) => {
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };

        expect(verifierOf(publicKey, secretOf(symmetric)).verify(headers, body).ok).toBe(false);
      }),
    );
  });
});

describe('a server that verifies the body as it came', () => {
  it('takes what is signed, and tells why it refuses the rest', async () => {
    const { verify } = createVerifier({ secrets: [secretOf(symmetric)] });
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const verification = verify(request.headers, Buffer.concat(chunks));
        response
          .writeHead(verification.ok ? 204 : 401, { reason: verification.ok ? '' : verification.reason })
          .end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { sign } = createSigner({ secrets: [secretOf(symmetric)] });
    const post = (headers: Record<string, string>, text: string) =>
      fetch(url, { method: 'POST', headers: { ...headers, connection: 'close' }, body: text });

    const taken = await post(sign({ id: 'n-1', body: '{"a": 1}' }), '{"a": 1}');
    const refused = await post(sign({ id: 'n-1', body: '{"a": 1}' }), '{"a":1}');
    await new Promise((resolve) => server.close(resolve));

    expect(taken.status).toBe(204);
    expect([refused.status, refused.headers.get('reason')]).toEqual([
      401,
      'no signature is by a secret that is known',
    ]);
  });
});
