import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { illegal, openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { colleagues: ['alice', 'bob', 'carol'] });
  });

  describe('of a colleague that is unregistered', () => {
    const leave = () =>
      mail.database.transact(async (tx) =>
        mail.onColleagueUnregistered?.(tx, mail.entry.mediator.key, 'bob'),
      );

    it('holds dead messages, and fails the commands that it should have answered', async () => {
      const toAll = { recipientIds: ['bob', 'carol'], isBroadcast: true };
      await mail.send({ id: 'read', kind: 'command' }, { id: 'done' });
      await mail.take();
      await mail.ack('read');
      await mail.ack('done');
      await mail.send({ id: 'unread' }, { id: 'command', kind: 'command' }, { id: 'all', ...toAll });

      await leave();

      const gone = { status: 'failed', error: { code: 'colleague-unregistered' } };
      expect([await mail.find('read'), await mail.find('unread'), await mail.find('command')]).toMatchObject([
        gone,
        gone,
        gone,
      ]);
      expect(await mail.find('done')).toMatchObject({ status: 'completed' });
      expect(await mail.receipts('all')).toMatchObject([{ status: 'dead' }, { status: 'pending' }]);
      expect(await mail.find('all')).toMatchObject({ status: 'pending', openReceipts: 1 });
      expect(await mail.take()).toEqual([]);
    });

    it('ends broadcasts for which it was the last, and leaves to the others what they have still to receive', async () => {
      const toAll = { recipientIds: ['bob', 'carol'], isBroadcast: true };
      await mail.send({ id: 'read', ...toAll });
      await mail.take();
      await mail.ack('read');
      await mail.send({ id: 'last', ...toAll }, { id: 'asked', kind: 'query', ...toAll });
      await mail.takeAll({ colleagueId: 'carol' });
      await mail.ack('last', 'carol');

      await leave();

      expect(await mail.find('last')).toMatchObject({
        status: 'failed',
        error: { code: 'colleague-unregistered' },
        openReceipts: 0,
      });
      const open = { status: 'pending', openReceipts: 1 };
      expect([await mail.find('read'), await mail.find('asked')]).toMatchObject([open, open]);
      expect(await mail.receipts('read')).toMatchObject([{ status: 'acked' }, { status: 'delivered' }]);
      await mail.ack('read', 'carol');
      expect(await mail.find('read')).toMatchObject({ status: 'completed' });
    });
  });

  it('of a removed mediator fails whatever is open, and tells those who wait for it', async () => {
    await mail.send({ id: 'a' }, { id: 'c', kind: 'command' }, { id: 'done' });
    await mail.take();
    await mail.ack('done');
    const told: string[] = [];
    mail.waiting.listen((topic) => void told.push(topic));

    await mail.database.transact(async (tx) => mail.onMediatorRemoved?.(tx, mail.entry.mediator.key));

    const removed = { status: 'failed', error: { code: 'mediator-removed' }, endedAt: mail.clock.now() };
    expect([await mail.find('a'), await mail.find('c')]).toMatchObject([removed, removed]);
    expect(await mail.find('done')).toMatchObject({ status: 'completed' });
    await expect(mail.ack('a')).rejects.toMatchObject(illegal);
    expect(told).toEqual([`message:${mail.entry.mediator.key}:c`]);
  });
});
