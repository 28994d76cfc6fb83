import { describeInboxContract } from '../testing';
import { createMemoryInbox } from './memory-inbox';

describeInboxContract('in memory', async () => createMemoryInbox());

describe('an inbox in memory', () => {
  it('forgets the oldest when it is full', async () => {
    const inbox = createMemoryInbox({ maxEntries: 2 });
    const handled: string[] = [];
    const deliver = (id: string) =>
      inbox.handleOnce({ source: '/orders', id }, async () => void handled.push(id));

    for (const id of ['a', 'b', 'c', 'c', 'b', 'a']) await deliver(id);

    expect(handled).toEqual(['a', 'b', 'c', 'a']);
  });
});
