import { hasTimedOut, toCommandAnswer } from './command-answer';

const failure = (code: string) => ({ code, message: 'why', retryable: false });

describe('the answer to a command', () => {
  it.each([
    [
      'is the result',
      { status: 'completed' as const, result: { n: 1 } },
      { status: 'completed', result: { n: 1 } },
    ],
    ['may be null', { status: 'completed' as const }, { status: 'completed', result: null }],
    [
      'is a failure',
      { status: 'failed' as const, error: failure('no') },
      { status: 'failed', error: failure('no') },
    ],
    ['is to come', { status: 'pending' as const }, { status: 'pending' }],
    ['is to come later', { status: 'scheduled' as const }, { status: 'scheduled' }],
    ['does not come', { status: 'cancelled' as const }, { status: 'cancelled' }],
  ])('%s', (_, message, expected) => {
    expect(toCommandAnswer({ result: null, error: null, ...message })).toEqual(expected);
  });

  it.each([
    ['nobody has answered by then', 'failed', 'timeout', null, true],
    ['the handler says so itself', 'failed', 'timeout', { error: failure('timeout') }, false],
    ['it has failed otherwise', 'failed', 'undelivered', null, false],
    ['it is open', 'pending', 'timeout', null, false],
  ] as const)('has timed out or not when %s', (_, status, code, answer, expected) => {
    expect(hasTimedOut({ status, error: failure(code) }, [{ answer }])).toBe(expected);
  });
});
