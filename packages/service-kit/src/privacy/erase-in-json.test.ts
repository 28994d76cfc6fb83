import { eraseSubjectIn, rewriteJson } from './erase-in-json';

const event = (subject: string, data: object) => ({ id: 'e-1', subject, data });
const erase = (subject: string, value: unknown): unknown =>
  JSON.parse(rewriteJson(JSON.stringify(value), eraseSubjectIn(subject)));

describe('erasing a subject in JSON', () => {
  it('takes a person out where the data names him, and nobody else', () => {
    const placed = event('o-1', { order_id: 'o-1', customer_id: 'ada', note: 'ada' });

    expect(erase('ada', placed)).toEqual(
      event('o-1', { order_id: 'o-1', customer_id: 'erased', note: 'ada' }),
    );
    expect(erase('bob', placed)).toEqual(placed);
  });

  it('takes everybody out of what an erased order is the subject of, or named in', () => {
    const people = { customer_id: 'ada', packed_by: { user_id: 'bob' } };
    const erased = { customer_id: 'erased', packed_by: { user_id: 'erased' } };

    expect(erase('o-1', event('o-1', people))).toEqual(event('o-1', erased));
    expect(erase('o-1', { order_id: 'o-1', ...people })).toEqual({ order_id: 'o-1', ...erased });
  });

  it('leaves other orders of the same batch alone', () => {
    const other = event('o-2', { order_id: 'o-2', customer_id: 'bob' });

    expect(erase('o-1', [event('o-1', { customer_id: 'ada' }), other])).toEqual([
      event('o-1', { customer_id: 'erased' }),
      other,
    ]);
  });
});
