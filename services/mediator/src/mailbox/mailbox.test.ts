import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

const illegal = { status: 409, code: 'illegal-transition' };

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
          ...{ id: 'a', kind: 'query', type: 'stock.of', data: { id: 7 }, source: '/shop' },
          ...{ sender_id: 'alice', recipient_id: 'bob', timestamp: mail.clock.now().toISOString() },
          ...{ priority: 'normal', broadcast: false, correlation_id: null, attempt: 1, expires_at: null },
          ...{ reply_expected: true, deadline: null },
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

  describe('lets a recipient', () => {
    it('ack, once: it never comes again, and the message has completed', async () => {
      await mail.send({ id: 'a' });
      await mail.take({ visibilityMs: 1_000 });

      const first = await mail.ack('a');
      await mail.pass(2_000);
      const second = await mail.ack('a');

      expect(first).toMatchObject({ recipient_id: 'bob', status: 'acked', attempts: 1, error: null });
      expect(second).toEqual(first);
      expect(await mail.take()).toEqual([]);
      expect(await mail.find('a')).toMatchObject({ status: 'completed', openReceipts: 0 });
    });

    it('ack late, when nobody else has it', async () => {
      await mail.send({ id: 'a' });
      await mail.take({ visibilityMs: 1_000 });
      await mail.pass(2_000);

      expect(await mail.ack('a')).toMatchObject({ status: 'acked' });
      expect(await mail.take()).toEqual([]);
    });

    it('say nothing of what it has not received', async () => {
      await mail.send({ id: 'a' }, { id: 'c', kind: 'command' });

      await expect(mail.ack('a')).rejects.toMatchObject(illegal);
      await expect(mail.nack('a')).rejects.toMatchObject(illegal);
      await expect(mail.reply('c', { result: 1 })).rejects.toMatchObject(illegal);
      for (const id of ['a', 'unknown']) {
        await expect(mail.ack(id, 'carol')).rejects.toMatchObject({ status: 404, code: 'not-found' });
      }
    });

    it('nack: it comes again by the retry policy, and is dead after the last try', async () => {
      await mail.send({
        id: 'a',
        retry: { max_attempts: 2, delay_ms: 1_000, factor: 2, max_delay_ms: 9_000 },
      });
      const error = { code: 'busy', message: 'later', retryable: true };

      await mail.take();
      expect(await mail.nack('a', { error })).toMatchObject({ status: 'pending', error });
      await mail.nack('a', { error });
      expect(await mail.take()).toEqual([]);
      await mail.pass(1_000);
      expect(await mail.take()).toEqual(['a']);
      const dead = await mail.nack('a');

      expect(dead).toMatchObject({ status: 'dead', attempts: 2, error: { code: 'failed' } });
      expect(await mail.nack('a')).toEqual(dead);
      expect(await mail.find('a')).toMatchObject({ status: 'failed', error: { code: 'failed' } });
      await mail.pass(60_000);
      expect(await mail.take()).toEqual([]);
    });

    it('nack for good: what is not retryable is dead at once', async () => {
      await mail.send({ id: 'a' });
      await mail.take();

      const error = { code: 'wrong', message: 'no', retryable: false };
      expect(await mail.nack('a', { error })).toMatchObject({ status: 'dead', error });
      await expect(mail.ack('a')).rejects.toMatchObject(illegal);
    });

    it('answer a command, and the first answer counts', async () => {
      await mail.send({ id: 'c', kind: 'command' });
      await mail.take();

      expect(await mail.reply('c', { result: { total: 3 } })).toMatchObject({ status: 'acked' });
      expect(await mail.reply('c', { result: { total: 3 } })).toMatchObject({ status: 'acked' });
      await expect(mail.reply('c', { result: { total: 4 } })).rejects.toMatchObject(illegal);
      expect(await mail.find('c')).toMatchObject({ status: 'completed', result: { total: 3 } });
    });

    it('ack a command first and answer it later, also with a failure', async () => {
      await mail.send({ id: 'c', kind: 'command', deadline: new Date(mail.clock.now().getTime() + 60_000) });
      await mail.take({ visibilityMs: 1_000 });
      await mail.ack('c');
      await mail.pass(2_000);
      expect(await mail.take()).toEqual([]);
      expect(await mail.find('c')).toMatchObject({ status: 'pending' });

      const error = { code: 'sold-out', message: 'none left', retryable: true };
      await mail.reply('c', { error });

      expect(await mail.find('c')).toMatchObject({ status: 'failed', error });
      expect(mail.timers.size).toBe(0);
    });

    it('not answer what is no question, nor with more than may be', async () => {
      await mail.send({ id: 'a' }, { id: 'c', kind: 'command' });
      await mail.take();

      await expect(mail.reply('a', { result: 1 })).rejects.toMatchObject(illegal);
      const result = 'x'.repeat(300_000);
      await expect(mail.reply('c', { result })).rejects.toMatchObject({ status: 413, code: 'too-large' });
    });

    it('fail a command by nacks: after the last try its error is that of the command', async () => {
      await mail.send({
        id: 'c',
        kind: 'command',
        retry: { max_attempts: 1, delay_ms: 0, factor: 1, max_delay_ms: 0 },
      });
      await mail.take();

      await mail.nack('c', { error: { code: 'http-503', message: 'busy', retryable: true } });

      expect(await mail.find('c')).toMatchObject({ status: 'failed', error: { code: 'http-503' } });
    });
  });

  it('completes a broadcast when the last has acked, and fails it when it is dead for one', async () => {
    const toAll = { recipientIds: ['bob', 'carol'], isBroadcast: true };
    await mail.send({ id: 'good', ...toAll }, { id: 'bad', ...toAll });
    await mail.take();
    await mail.take({ colleagueId: 'carol' });

    await mail.ack('good');
    expect(await mail.find('good')).toMatchObject({ status: 'pending', openReceipts: 1 });
    await mail.ack('good', 'carol');
    await mail.nack('bad', { error: { code: 'wrong', message: 'no', retryable: false } });
    await mail.ack('bad', 'carol');

    expect(await mail.find('good')).toMatchObject({ status: 'completed' });
    expect(await mail.find('bad')).toMatchObject({ status: 'failed', error: { code: 'wrong' } });
  });

  it('ends a query to many when all have answered', async () => {
    await mail.send({ id: 'q', kind: 'query', recipientIds: ['bob', 'carol'], isBroadcast: true });
    await mail.take();
    await mail.take({ colleagueId: 'carol' });
    await mail.ack('q');

    await mail.reply('q', { error: { code: 'no', message: 'no', retryable: false } }, 'carol');
    expect(await mail.find('q')).toMatchObject({ status: 'pending' });
    await mail.reply('q', { result: 1 });

    expect(await mail.find('q')).toMatchObject({ status: 'completed', error: null });
    expect(await mail.receipts('q')).toMatchObject([
      { answer: { result: 1 } },
      { answer: { error: { code: 'no' } } },
    ]);
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
        ...{ status: 'failed', error: { code: 'colleague-unregistered' }, openReceipts: 0 },
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
