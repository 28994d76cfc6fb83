import { gatherAnswers, isGood } from './gather-answers';

const error = { code: 'no', message: 'why', retryable: false };
const receipts = [
  { recipientId: 'a', answer: { result: null } },
  { recipientId: 'b', answer: null },
  { recipientId: 'c', answer: { error } },
];

describe('answers that are gathered', () => {
  it('are given with who gave them, beside those who are silent', () => {
    expect(gatherAnswers({ status: 'completed', error: null }, receipts)).toEqual({
      status: 'completed',
      answers: [
        { recipient_id: 'a', result: null },
        { recipient_id: 'c', error },
      ],
      missing: ['b'],
    });
  });

  it.each([
    ['all results', ['a'], true],
    ['a failure', ['a', 'c'], false],
    ['silence', ['a', 'b'], false],
    ['nobody asked', [], true],
  ])('are good or not: %s', (_, ids, expected) => {
    expect(isGood(receipts.filter(({ recipientId }) => ids.includes(recipientId)))).toBe(expected);
  });
});
