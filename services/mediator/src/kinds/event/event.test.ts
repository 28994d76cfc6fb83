import { choose } from '../../../test/choose';
import { entryOf } from '../../mediators/testing/entry-of';
import { events } from './event';

const entry = entryOf('event', [
  { id: 'sender', handles: ['*'] },
  { id: 'exact', handles: ['order.placed', 'user_created'] },
  { id: 'prefix', handles: ['user.*'] },
  { id: 'all', handles: ['*'] },
  { id: 'none' },
  { id: 'away', handles: ['*'], active: false },
]);

describe('an event', () => {
  it.each([
    ['goes to those who handle its type', { type: 'user_created' }, ['exact', 'all']],
    ['goes to those who handle what begins like it', { type: 'user.created' }, ['prefix', 'all']],
    ['has a name of which underscores are a part', { type: 'user_deleted' }, ['all']],
    ['has a name of which case counts', { type: 'Order.placed' }, ['all']],
  ])('that is broadcast %s', (_, address, expected) => {
    expect(choose(events, entry, { ...address, isBroadcast: true })).toEqual(expected);
  });

  it('that nobody handles reaches nobody', () => {
    const deaf = entryOf('event', [{ id: 'sender' }, { id: 'none' }]);

    expect(choose(events, deaf, { type: 'user.created', isBroadcast: true })).toEqual([]);
  });

  it.each([
    ['the one it names, whatever that handles', { recipientId: 'none' }, ['none']],
    ['nobody that is there', { recipientId: 'nobody' }, 'recipient-not-found'],
    ['one that is not active', { recipientId: 'away' }, 'colleague-not-active'],
    ['no one named', { type: 'user.created' }, 'invalid'],
  ])('that is sent to %s', (_, address, expected) => {
    expect(choose(events, entry, address)).toEqual(expected);
  });
});
