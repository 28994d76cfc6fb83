import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { colleagues: ['alice', 'bob', 'carol'] });
  });

  describe('gives out', () => {
    it('what is of higher priority first, then as it was accepted', async () => {
      await mail.send({ id: 'a' }, { id: 'b', priority: 'low' }, { id: 'c', priority: 'urgent' });
      await mail.send({ id: 'd', priority: 'high' }, { id: 'e' });

      expect(await mail.take({ limit: 3 })).toEqual(['c', 'd', 'a']);
      expect(await mail.take({ limit: 3 })).toEqual(['e', 'b']);
      expect(await mail.take()).toEqual([]);
    });

    it('a message with all that belongs to it', async () => {
      await mail.send({ id: 'a', kind: 'query', type: 'stock.of', body: { id: 7 }, source: '/shop' });

      const [taken] = await mail.takeAll();

      expect(taken).toEqual({
        delivery: {
          id: 'a',
          kind: 'query',
          type: 'stock.of',
          data: { id: 7 },
          source: '/shop',
          sender_id: 'alice',
          recipient_id: 'bob',
          timestamp: mail.clock.now().toISOString(),
          priority: 'normal',
          broadcast: false,
          correlation_id: null,
          attempt: 1,
          expires_at: null,
          reply_expected: true,
          deadline: null,
        },
        timeoutMs: 30_000,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      });
    });

    it('to each recipient of a broadcast its own, and to nobody what is for others', async () => {
      await mail.send({ id: 'all', recipientIds: ['bob', 'carol'], isBroadcast: true }, { id: 'one' });

      expect(await mail.take()).toEqual(['all', 'one']);
      expect(await mail.take({ colleagueId: 'carol' })).toEqual(['all']);
      expect(await mail.take({ colleagueId: 'alice' })).toEqual([]);
    });

    it('again what was not settled in time, one attempt later; that costs no try', async () => {
      await mail.send({ id: 'a', retry: { max_attempts: 1, delay_ms: 0, factor: 1, max_delay_ms: 0 } });
      await mail.take({ visibilityMs: 1_000 });
      expect(await mail.take()).toEqual([]);

      await mail.pass(1_000);
      expect(await mail.receipts('a')).toMatchObject([{ status: 'pending', attempts: 1, failures: 0 }]);
      const [taken] = await mail.takeAll();

      expect(taken?.delivery).toMatchObject({ id: 'a', attempt: 2 });
      expect(await mail.receipts('a')).toMatchObject([{ status: 'delivered', attempts: 2, failures: 0 }]);
    });

    it('again at once what was given back, and not what was settled meanwhile', async () => {
      await mail.send({ id: 'a' }, { id: 'b' });
      await mail.take();
      await mail.ack('b');

      await mail.mailbox.giveBack(mail.entry, 'bob', ['a', 'b', 'unknown']);

      expect(await mail.take()).toEqual(['a']);
    });

    it('later what is held for longer, but nothing that is free again', async () => {
      await mail.send({ id: 'a' }, { id: 'b' });
      await mail.take({ limit: 1, visibilityMs: 1_000 });
      await mail.pass(900);
      await mail.mailbox.hold(mail.entry, 'bob', ['a', 'b'], 1_000);
      await mail.pass(900);
      expect(await mail.take({ visibilityMs: 1_000 })).toEqual(['b']);

      await mail.pass(1_000);
      await mail.mailbox.hold(mail.entry, 'bob', ['a', 'b'], 1_000);
      expect(await mail.take()).toEqual(['a', 'b']);
    });

    it('no more at once than may be in hands, whoever has taken them', async () => {
      await mail.send(...['a', 'b', 'c', 'd'].map((id) => ({ id, senderId: id })));
      expect(await mail.take({ limit: 1 })).toEqual(['a']);

      for (const isOneAtATime of [true, false]) {
        expect(await mail.take({ maxInHands: 1, isOneAtATime })).toEqual([]);
      }
      expect(await mail.take({ maxInHands: 3 })).toEqual(['b', 'c']);
      await mail.ack('a');
      expect(await mail.take({ maxInHands: 3, limit: 5 })).toEqual(['d']);
    });
  });

  describe('keeps the order of one sender', () => {
    const none = { max_attempts: 3, delay_ms: 0, factor: 1, max_delay_ms: 0 };

    it('by holding back what comes after one that failed, until that is tried again', async () => {
      await mail.send({ id: 'a' }, { id: 'b' }, { id: 'other', senderId: 'carol' });
      await mail.send({ id: 'urgent', priority: 'urgent' });
      expect(await mail.take({ limit: 2 })).toEqual(['urgent', 'a']);
      await mail.nack('a', { delayMs: 5_000 });

      expect(await mail.take()).toEqual(['other']);
      await mail.pass(5_000);
      expect(await mail.take()).toEqual(['a', 'b']);
    });

    it('and goes on behind one that is dead', async () => {
      await mail.send({ id: 'a', retry: { ...none, max_attempts: 1 } }, { id: 'b' });
      await mail.take({ limit: 1 });
      await mail.nack('a');

      expect(await mail.take()).toEqual(['b']);
    });

    it('while commands and queries are held back by nothing', async () => {
      await mail.send({ id: 'a', kind: 'command' }, { id: 'b', kind: 'command' }, { id: 'c' });
      await mail.take({ limit: 1 });
      await mail.nack('a', { delayMs: 5_000 });

      expect(await mail.take()).toEqual(['b', 'c']);
    });

    it('one at a time where that is asked for, whatever their priority, and other senders beside it', async () => {
      await mail.send({ id: 'a' }, { id: 'b' }, { id: 'x', senderId: 'carol' }, { id: 'c', kind: 'command' });
      const oneAtATime = { isOneAtATime: true };

      expect(await mail.take(oneAtATime)).toEqual(['a', 'x', 'c']);
      await mail.send({ id: 'urgent', priority: 'urgent' });
      expect(await mail.take(oneAtATime)).toEqual([]);
      await mail.ack('a');
      expect(await mail.take(oneAtATime)).toEqual(['urgent']);
      await mail.nack('urgent', { delayMs: 5_000 });
      expect(await mail.take(oneAtATime)).toEqual([]);
      await mail.pass(5_000);
      expect(await mail.take(oneAtATime)).toEqual(['urgent']);
      await mail.ack('urgent');
      expect(await mail.take(oneAtATime)).toEqual(['b']);
    });

    it('one at a time, again when what was in hands has come back', async () => {
      await mail.send({ id: 'a' }, { id: 'b' });
      await mail.take({ isOneAtATime: true, visibilityMs: 1_000 });
      await mail.pass(1_000);

      expect(await mail.take({ isOneAtATime: true })).toEqual(['a']);
    });
  });
});
