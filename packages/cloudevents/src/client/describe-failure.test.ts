import { describeFailure } from './describe-failure';

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('describeFailure', () => {
  it.each<[string, Error, string]>([
    [
      'the attempts on each address, when the error itself has no message',
      Object.assign(new AggregateError([new Error('connect ::1'), new Error('connect 127.0.0.1')]), {
        code: 'ECONNREFUSED',
      }),
      'connection refused (connect ::1, connect 127.0.0.1)',
    ],
    [
      'what a known code means, and the detail',
      coded('ENOTFOUND', 'getaddrinfo ENOTFOUND nowhere.invalid'),
      'host name not found (getaddrinfo ENOTFOUND nowhere.invalid)',
    ],
    ['the message of an unknown one', coded('HPE_INVALID_CONSTANT', 'Parse Error'), 'Parse Error'],
    ['the code when there is nothing else', coded('EODD', ''), 'EODD'],
    ['the name when there is not even that', new AggregateError([]), 'AggregateError'],
  ])('says %s', (_, error, words) => {
    expect(describeFailure(error)).toBe(words);
  });
});
