import fc from 'fast-check';
import { auditChanges } from './audit-changes';

describe('what an audit entry shows of a body', () => {
  it('is the body, in its form', () => {
    expect(auditChanges({ quantity: 2, tags: ['a', null], deep: { is: true } })).toEqual({
      quantity: 2,
      tags: ['a', null],
      deep: { is: true },
    });
    expect(auditChanges([1])).toEqual({ value: [1] });
    expect(auditChanges(undefined)).toBeUndefined();
  });

  it.each([
    'password',
    'secret',
    'webhookSecret',
    'api_key',
    'ApiKey',
    'access_token',
    'ticket',
    'card_number',
    'Authorization',
  ])('hides %s at any depth', (name) => {
    expect(auditChanges({ at: [{ [name]: { value: 'x' } }] })).toEqual({ at: [{ [name]: '[hidden]' }] });
  });

  it('leaves out payloads and who is meant by them: a copy that erasing would not find', () => {
    expect(auditChanges({ customer_id: 'c-1', data: { email: 'a@example.com' }, quantity: 1 })).toEqual({
      customer_id: '[left out]',
      data: '[left out]',
      quantity: 1,
    });
  });

  it('says where something was cut', () => {
    expect(auditChanges({ text: 'x'.repeat(2_000) })?.['text']).toMatch(/^x{1024}\[cut\]$/);
    expect(
      auditChanges(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, n]))),
    ).toMatchObject({
      '[cut]': true,
    });
  });

  it('is never much longer than eight thousand characters', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 1, max: 3_000 }), (json, times) => {
        const shown = auditChanges({ many: Array.from({ length: times }, () => json) });

        expect(JSON.stringify(shown).length).toBeLessThan(40_000);
      }),
    );
  });
});
