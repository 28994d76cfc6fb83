import { AppError, createVirtualClock } from '@fanfare/core';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { createSigner, toWebhookId } from './sign-webhook';
import { createVerifier } from './verify-webhook';

const clock = createVirtualClock(new Date('2026-01-01T00:00:00.900Z'));
const secretOf = (bytes: Uint8Array, prefix = 'whsec_') => prefix + Buffer.from(bytes).toString('base64');
const secret = secretOf(new Uint8Array(32).fill(7));
const seed = secretOf(new Uint8Array(32).fill(9), 'whsk_');

const anySecret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => secretOf(bytes));
const anyId = fc.stringMatching(/^[\x21-\x2d\x2f-\x7e]{1,64}$/);

describe('a signer', () => {
  it('says when the webhook was sent, in whole seconds', () => {
    const headers = createSigner({ secrets: [secret], clock }).sign({ id: 'n-1', body: '{}' });

    expect(headers).toMatchObject({ 'webhook-id': 'n-1', 'webhook-timestamp': '1767225600' });
  });

  it('signs with every secret while they rotate', () => {
    const headers = createSigner({ secrets: [secret, seed], clock }).sign({ id: 'n-1', body: '{}' });

    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1a,[\w+/]{86}==$/);
    for (const one of [secret, seed]) {
      expect(createVerifier({ secrets: [one], clock }).verify(headers, '{}').ok).toBe(true);
    }
  });

  it('signs bytes and the text that they encode alike', () => {
    const { sign } = createSigner({ secrets: [secret, seed], clock });

    expect(sign({ id: 'n-1', body: Buffer.from('é') })).toEqual(sign({ id: 'n-1', body: 'é' }));
  });

  it('signs what the official library accepts', () => {
    fc.assert(
      fc.property(anySecret, anyId, fc.string({ unit: 'grapheme' }), (anyOne, id, body) => {
        const headers = createSigner({ secrets: [anyOne] }).sign({
          id,
          body,
        });

        new Webhook(anyOne).verify(body, headers, { jsonParse: false });
      }),
    );
  });

  it.each(['', 'a.b', 'a b', 'a\nb', 'ä'])('refuses the id "%s"', (id) => {
    const { sign } = createSigner({ secrets: [secret], clock });

    expect(() => sign({ id, body: '{}' })).toThrow('visible ASCII without full stops');
  });

  it.each([
    [[], 'there is no webhook secret'],
    [[''], 'webhook secret 1 of 1 is empty'],
    [[secret, 'whsec_'], 'webhook secret 2 of 2 is empty'],
    [['whsec_hush hush'], 'webhook secret 1 of 1 is not in Base64'],
    [['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS'], 'webhook secret 1 of 1 is not in Base64'],
    [[secretOf(new Uint8Array(23))], 'webhook secret 1 of 1 has 23 bytes, not 24 to 64'],
    [[secretOf(new Uint8Array(65))], 'webhook secret 1 of 1 has 65 bytes, not 24 to 64'],
    [[secretOf(new Uint8Array(33), 'whsk_')], 'webhook secret 1 of 1 has 33 bytes, not 32 or 64'],
    [[secretOf(new Uint8Array(32), 'whpk_')], 'a public key (whpk_) cannot sign'],
  ])('is not made of %j', (secrets, message) => {
    const create = () => createSigner({ secrets, clock });

    expect(create).toThrow(AppError);
    expect(create).toThrow(message);
  });

  it('takes an Ed25519 seed with the public key behind it, as some write it', () => {
    const long = secretOf(Buffer.concat([new Uint8Array(32).fill(9), new Uint8Array(32)]), 'whsk_');
    const sign = (one: string) => createSigner({ secrets: [one], clock }).sign({ id: 'n-1', body: '{}' });

    expect(sign(long)).toEqual(sign(seed));
  });
});

describe('the webhook id of an event', () => {
  it('is the id of the event wherever that can be signed', () => {
    const signable = fc.stringMatching(/^[\x21-\x24\x26-\x2d\x2f-\x7e]+$/);
    fc.assert(
      fc.property(signable, (id) => {
        expect(toWebhookId(id)).toBe(id);
      }),
      { examples: [['run-1:step+a@b_c:1'], ['order/1']] },
    );
  });

  it('can be signed whatever the event is called, and tells different events apart', () => {
    const { sign } = createSigner({ secrets: [secret], clock });
    const eventId = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(eventId, eventId, (one, other) => {
        sign({ id: toWebhookId(one), body: '' });

        expect(toWebhookId(one) === toWebhookId(other)).toBe(one === other);
      }),
    );
    expect(toWebhookId('50%.a b/é')).toBe('50%25%2Ea%20b/%C3%A9');
  });
});
