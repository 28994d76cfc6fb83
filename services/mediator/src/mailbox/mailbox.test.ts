import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase());
  });

  it('gives out what is of higher priority first, then as it was accepted', async () => {
    await mail.send({ id: 'a' }, { id: 'b', priority: 'low' }, { id: 'c', priority: 'urgent' });
    await mail.send({ id: 'd', priority: 'high' }, { id: 'e' });

    expect(await mail.take({ limit: 3 })).toEqual(['c', 'd', 'a']);
    expect(await mail.take({ limit: 3 })).toEqual(['e', 'b']);
    expect(await mail.take()).toEqual([]);
  });

  it('one at a time', async () => {
    await mail.send({ id: 'a' }, { id: 'b', priority: 'low' }, { id: 'c', senderId: 'carol' });
    expect(await mail.take({ isOneAtATime: true })).toEqual(['a', 'c']);
    expect(await mail.take({ isOneAtATime: true })).toEqual([]);
    await mail.ack('a');
    expect(await mail.take({ isOneAtATime: true })).toEqual(['b']);
  });
});
