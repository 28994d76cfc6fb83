import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { colleagues: ['alice', 'bob', 'carol'] });
  });

  it('tells who waits: of what may be taken, of answers and of ends', async () => {
    const told: string[] = [];
    mail.waiting.listen((topic) => void told.push(topic));
    const { key } = mail.entry.mediator;

    await mail.send({ id: 'c', kind: 'command' });
    await mail.take();
    await mail.reply('c', { result: 1 });

    expect(told).toEqual([`mailbox:${key}:bob`, `message:${key}:c`]);
  });
});
