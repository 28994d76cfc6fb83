import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { illegal, openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { colleagues: ['alice', 'bob', 'carol'] });
  });

  describe('as time passes', () => {
    const inMs = (ms: number) => new Date(mail.clock.now().getTime() + ms);

    it('gives out what was scheduled at its time, not before', async () => {
      await mail.send({ id: 'a', deliverAt: inMs(5_000), expiresAt: inMs(9_000) }, { id: 'b' });
      expect(await mail.take()).toEqual(['b']);
      await mail.pass(4_999);
      expect(await mail.take()).toEqual([]);

      await mail.pass(1);

      expect(await mail.find('a')).toMatchObject({ status: 'pending' });
      expect(await mail.take()).toEqual(['a']);
      expect([...mail.timers.keys()]).toEqual(['a']);
    });

    it('gives out nothing that has expired, even before its timer fires, and says so then', async () => {
      await mail.send({ id: 'a', expiresAt: inMs(5_000) }, { id: 'b' });
      await mail.clock.advance(5_000);
      expect(await mail.take()).toEqual(['b']);

      await mail.pass(0);

      expect(await mail.receipts('a')).toMatchObject([{ status: 'expired', error: { code: 'expired' } }]);
      expect(await mail.find('a')).toMatchObject({ status: 'failed', error: { code: 'expired' } });
    });

    it('lets a message that expires in somebody’s hands be acked, and expires it when it comes back', async () => {
      await mail.send({ id: 'a', expiresAt: inMs(5_000) }, { id: 'b', expiresAt: inMs(5_000) });
      await mail.take({ visibilityMs: 8_000 });
      await mail.pass(6_000);

      expect(await mail.ack('a')).toMatchObject({ status: 'acked' });
      await mail.pass(2_000);

      expect(await mail.find('a')).toMatchObject({ status: 'completed' });
      expect(await mail.find('b')).toMatchObject({ status: 'failed', error: { code: 'expired' } });
    });

    it('fails a command that nobody has answered by its deadline; then it is too late', async () => {
      await mail.send(
        { id: 'c', kind: 'command', deadline: inMs(5_000) },
        { id: 'd', kind: 'command', deadline: inMs(5_000) },
      );
      await mail.take({ limit: 1 });
      await mail.pass(5_000);

      const failed = { status: 'failed', error: { code: 'timeout' } };
      expect([await mail.find('c'), await mail.find('d')]).toMatchObject([failed, failed]);
      expect(await mail.take()).toEqual([]);
      await expect(mail.reply('c', { result: 1 })).rejects.toMatchObject(illegal);
      await expect(mail.ack('c')).rejects.toMatchObject(illegal);
    });

    it('takes no answer after the deadline of a command, even before its timer fires', async () => {
      await mail.send({ id: 'c', kind: 'command', deadline: inMs(5_000) });
      await mail.take();
      await mail.clock.advance(5_000);

      await expect(mail.reply('c', { result: 1 })).rejects.toMatchObject(illegal);
      await mail.pass(0);
      expect(await mail.find('c')).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    });

    it('ends a query to many at its deadline with the answers that have come', async () => {
      await mail.send({
        id: 'q',
        kind: 'query',
        recipientIds: ['bob', 'carol'],
        isBroadcast: true,
        deadline: inMs(5_000),
      });
      await mail.take();
      await mail.reply('q', { result: 1 });
      await mail.pass(5_000);

      expect(await mail.find('q')).toMatchObject({ status: 'completed' });
      expect(await mail.receipts('q')).toMatchObject([
        { answer: { result: 1 } },
        { status: 'expired', answer: null },
      ]);
    });
  });
});
