import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { colleagues: ['alice', 'bob', 'carol'] });
  });

  it('deletes what ended long ago, page by page, and nothing that is open', async () => {
    await mail.send({ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'open', kind: 'command' });
    await mail.take();
    for (const id of ['a', 'b', 'c']) await mail.ack(id);
    await mail.pass(10_000);
    const prune = (limit: number) => mail.prune?.(mail.clock.now(), limit);

    expect([await prune(2), await prune(2), await prune(2)]).toEqual([2, 1, 0]);
    await expect(mail.find('a')).rejects.toThrow('there is no message');
    expect(await mail.find('open')).toMatchObject({ status: 'pending' });
  });
});
