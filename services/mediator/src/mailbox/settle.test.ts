import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { illegal, openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

describeOnEveryDatabase('a mailbox', (openDatabase) => {
  let mail: MailboxesForTest;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { colleagues: ['alice', 'bob', 'carol'] });
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
});
