import { choose } from '../../../test/choose';
import { entryOf } from '../../mediators/testing/entry-of';
import { plainMessages } from './message';

const entry = entryOf('message', [{ id: 'sender' }, { id: 'b' }, { id: 'away', active: false }, { id: 'c' }]);

describe('a plain message', () => {
  it.each([
    ['to the one it names', { recipientId: 'b' }, ['b']],
    ['to its own sender', { recipientId: 'sender' }, ['sender']],
    ['to nobody that is there', { recipientId: 'nobody' }, 'recipient-not-found'],
    ['to one that is not active', { recipientId: 'away' }, 'colleague-not-active'],
    ['to no one named', {}, 'invalid'],
    ['to all: the active ones but the sender', { isBroadcast: true }, ['b', 'c']],
    ['to all, from one that is not active', { isBroadcast: true, senderId: 'away' }, ['sender', 'b', 'c']],
  ])('%s', (_, address, expected) => {
    expect(choose(plainMessages, entry, address)).toEqual(expected);
  });

  it.each([['Hello'], [null], [0], [[1]], [{ id: 7, type: 'mine' }]])('takes any JSON: %j', (message) => {
    expect(plainMessages.read({ message })).toEqual({
      id: undefined,
      type: 'message',
      body: message,
      source: null,
    });
  });

  it('has the id and the type that stand beside it', () => {
    expect(plainMessages.read({ id: 'm-1', type: 'greeting', message: 'Hello' })).toMatchObject({
      id: 'm-1',
      type: 'greeting',
    });
  });
});
