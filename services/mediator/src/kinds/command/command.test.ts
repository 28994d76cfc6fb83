import { choose } from '../../../test/choose';
import { entryOf } from '../../mediators/testing/entry-of';
import { commands } from './command';

const entry = entryOf('command', [
  { id: 'sender', handles: ['self'] },
  { id: 'users', handles: ['create_user', 'delete_user'] },
  { id: 'away', handles: ['create_order'], active: false },
]);

describe('a command', () => {
  it.each([
    ['goes to the one that handles its type', { type: 'create_user' }, ['users']],
    ['goes to its own sender, when that handles it', { type: 'self' }, ['sender']],
    ['goes to the one it names, whatever that handles', { type: 'self', recipientId: 'users' }, ['users']],
    ['of a type that nobody handles is refused', { type: 'create' }, 'no-handler'],
    ['to one who is not there is refused', { recipientId: 'nobody' }, 'recipient-not-found'],
    ['whose handler is not active is refused', { type: 'create_order' }, 'colleague-not-active'],
    ['is not broadcast', { type: 'create_user', isBroadcast: true }, 'wrong-kind'],
  ])('%s', (_, address, expected) => {
    expect(choose(commands, entry, address)).toEqual(expected);
  });
});
