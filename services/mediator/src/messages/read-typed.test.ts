import { orRefusal } from '../../test/choose';
import { readTyped } from './read-typed';

describe('the message of an event, a command or a query', () => {
  it.each([
    [
      'holds id, type, data and source, as the seed writes it',
      {
        message: {
          id: 'cmd1',
          type: 'create_user',
          data: { name: 'John Doe' },
          timestamp: '2026-01-01T00:00:00Z',
          source: 'api',
        },
      },
      { id: 'cmd1', type: 'create_user', body: { name: 'John Doe' }, source: 'api' },
    ],
    [
      'may have its id and type beside it',
      { id: 'a', type: 't', message: { data: [1] } },
      { id: 'a', type: 't', body: [1], source: null },
    ],
    [
      'may name them twice',
      { id: 'a', type: 't', message: { id: 'a', type: 't' } },
      { id: 'a', type: 't', body: null, source: null },
    ],
    ['has one id', { id: 'a', message: { id: 'b', type: 't' } }, 'invalid'],
    ['has one type', { type: 't', message: { type: 'u' } }, 'invalid'],
    ['needs a type', { message: { data: 1 } }, 'invalid'],
    ['has a type that is a name', { message: { type: 'a type' } }, 'invalid'],
    ['is an object', { message: 'Hello' }, 'invalid'],
    ['has no other fields', { message: { type: 't', content: 1 } }, 'invalid'],
  ])('%s', (_, request, expected) => {
    expect(orRefusal(() => readTyped(request))).toEqual(expected);
  });

  it('names the bad field by its place', () => {
    expect(() => readTyped({ message: { type: 't', content: 1 } })).toThrow(
      expect.objectContaining({
        extra: { errors: [{ field: 'message.content', message: 'is not a known field' }] },
      }) as Error,
    );
  });
});
