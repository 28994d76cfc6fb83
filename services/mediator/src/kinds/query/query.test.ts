import { choose } from '../../../test/choose';
import { entryOf } from '../../mediators/testing/entry-of';
import { queries } from './query';

const entry = entryOf('query', [
  { id: 'sender', handles: ['get_user'] },
  { id: 'away', handles: ['get_order', 'get_price'], active: false },
  { id: 'old', handles: ['get_order', 'get_item'] },
  { id: 'new', handles: ['get_order', 'get_item', 'get_user'] },
]);

describe('a query', () => {
  it.each([
    ['goes to the one that was registered first of those who handle it', { type: 'get_item' }, ['old']],
    ['passes over handlers that are not active', { type: 'get_order' }, ['old']],
    ['goes to its own sender, when that handles it', { type: 'get_user' }, ['sender']],
    ['goes to the one it names', { type: 'get_item', recipientId: 'new' }, ['new']],
    ['that nobody handles is refused', { type: 'get' }, 'no-handler'],
    ['of which no handler is active is refused', { type: 'get_price' }, 'colleague-not-active'],
    ['to one who is not there is refused', { recipientId: 'nobody' }, 'recipient-not-found'],
    ['that is broadcast asks all active handlers', { type: 'get_order', isBroadcast: true }, ['old', 'new']],
    ['that is broadcast does not ask its sender', { type: 'get_user', isBroadcast: true }, ['new']],
    ['that is broadcast may find nobody', { type: 'get', isBroadcast: true }, []],
  ])('%s', (_, address, expected) => {
    expect(choose(queries, entry, address)).toEqual(expected);
  });
});
