import type { Transaction } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { openMailboxes, type MailboxesForTest } from '../mailbox/testing/open-mailboxes';
import type { WorkAnswer, WorkOrder } from './work';

const illegal = { status: 409, code: 'illegal-transition' };
const broken = { code: 'broken', message: 'it broke', retryable: true };
const refused = { code: 'sold-out', message: 'none left', retryable: false };

describeOnEveryDatabase('work', (openDatabase) => {
  let mail: MailboxesForTest;
  let heard: WorkAnswer[];
  let calls: string[];
  let answer: (tx: Transaction, answer: WorkAnswer) => Promise<'taken' | 'late'>;

  beforeEach(async () => {
    mail = await openMailboxes(await openDatabase(), { kind: 'workflow', colleagues: ['bob', 'carol'] });
    [heard, calls] = [[], []];
    answer = async () => 'taken';
    mail.work.addSource({
      name: 'test',
      lock: async (_tx, _key, ref) => void calls.push(`lock ${ref}`),
      answered: (tx, one) => {
        calls.push(`hear ${one.outcome.status}`);
        heard.push(one);
        return answer(tx, one);
      },
    });
  });

  const order = (parts: Partial<WorkOrder> = {}): WorkOrder => ({
    entry: mail.entry,
    isAgain: false,
    id: 'r:pay:1',
    source: 'test',
    ref: 'r',
    kind: 'command',
    type: 'pay',
    data: { amount: 3 },
    handlerId: 'bob',
    deadline: null,
    timeoutMs: 5_000,
    trace: { correlationid: 'c', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    ...parts,
  });
  const giveOut = (parts?: Partial<WorkOrder>) =>
    mail.database.transact((tx) => mail.work.giveOut(tx, order(parts)));
  const giveAgain = (parts?: Partial<WorkOrder>) => giveOut({ ...parts, isAgain: true });
  const withdraw = (...ids: readonly string[]) =>
    mail.database.transact((tx) => mail.work.withdraw(tx, mail.entry.mediator.key, ids));

  it('comes to its handler as a command of nobody, and to nobody where there is none', async () => {
    expect(await giveOut()).toBeNull();
    const noHandler = { code: 'no-handler', retryable: true };
    expect(await giveOut({ id: 'other', handlerId: 'nobody' })).toEqual({
      ...noHandler,
      message: 'there is no colleague nobody',
    });
    expect(await giveOut({ id: 'other', handlerId: undefined })).toEqual({
      ...noHandler,
      message: 'nobody handles pay',
    });

    const [taken, ...others] = await mail.takeAll();
    expect(others).toEqual([]);
    expect(taken).toMatchObject({
      delivery: {
        id: 'r:pay:1',
        kind: 'command',
        type: 'pay',
        data: { amount: 3 },
        sender_id: null,
        attempt: 1,
      },
      timeoutMs: 5_000,
    });
  });

  it('has ended when its source has heard that it was done, once however often it is said', async () => {
    await giveOut();
    await mail.take();

    await mail.reply('r:pay:1', { result: { paid: true } });
    await mail.reply('r:pay:1', { result: { paid: true } });

    const outcome = { status: 'done', result: { paid: true } };
    expect(heard).toEqual([
      { mediatorKey: mail.entry.mediator.key, ref: 'r', id: 'r:pay:1', attempt: 1, outcome },
    ]);
    expect(calls.slice(0, 2)).toEqual(['lock r', 'hear done']);
    await expect(mail.reply('r:pay:1', { result: { paid: false } })).rejects.toMatchObject(illegal);
    expect(await mail.find('r:pay:1')).toMatchObject({ status: 'completed', result: { paid: true } });
  });

  it('waits for its source after a failed try, and comes again as the next attempt', async () => {
    await giveOut();
    await mail.take();

    expect(await mail.nack('r:pay:1', { error: broken })).toMatchObject({ status: 'pending', error: broken });
    await mail.nack('r:pay:1', { error: broken });
    expect(heard).toMatchObject([{ attempt: 1, outcome: { error: broken, isRefusal: false } }]);
    await mail.pass(3_600_000);
    expect(await mail.take()).toEqual([]);

    expect(await giveAgain({ data: { amount: 4 } })).toBeNull();
    const [again] = await mail.takeAll();
    expect(again?.delivery).toMatchObject({ id: 'r:pay:1', attempt: 2, data: { amount: 4 } });
    await mail.reply('r:pay:1', { error: refused });
    expect(heard[1]).toMatchObject({ attempt: 2, outcome: { error: refused, isRefusal: true } });
  });

  it('may be given again by its source at once, within the answer', async () => {
    answer = async (tx) => {
      await mail.work.giveOut(tx, order({ isAgain: true }));
      return 'taken';
    };
    await giveOut();
    await mail.take();

    await mail.nack('r:pay:1', { error: broken });

    expect((await mail.takeAll())[0]?.delivery).toMatchObject({ attempt: 2 });
  });

  it('may be answered while it waits for its source, or is given again', async () => {
    await giveOut();
    await mail.take();
    await mail.nack('r:pay:1', { error: broken });

    await mail.reply('r:pay:1', { result: 1 });

    expect(heard.map(({ outcome }) => outcome.status)).toEqual(['failed', 'done']);
    expect(await mail.find('r:pay:1')).toMatchObject({ status: 'completed', result: 1 });
  });

  it('may be acked first and answered later', async () => {
    await giveOut();
    await mail.take({ visibilityMs: 1_000 });
    expect(await mail.ack('r:pay:1')).toMatchObject({ status: 'acked' });
    expect(heard).toEqual([]);
    await mail.pass(2_000);
    expect(await mail.take()).toEqual([]);

    await mail.reply('r:pay:1', { error: broken });
    await giveAgain();

    expect(await mail.take()).toEqual(['r:pay:1']);
  });

  it('goes to whoever is the handler by then, who alone can fail it from then on', async () => {
    await giveOut();
    await mail.take();
    await mail.nack('r:pay:1', { error: broken });
    await giveAgain({ handlerId: 'carol' });

    expect(await mail.take()).toEqual([]);
    const [taken] = await mail.takeAll({ colleagueId: 'carol' });
    expect(taken?.delivery).toMatchObject({ attempt: 2, recipient_id: 'carol' });
    await expect(mail.reply('r:pay:1', { error: refused })).rejects.toMatchObject(illegal);
    await mail.reply('r:pay:1', { result: 'done before' });

    expect(await mail.receipts('r:pay:1')).toMatchObject([{ status: 'acked' }, { status: 'cancelled' }]);
  });

  it('tells the recipient that an answer comes too late, and keeps nothing of it', async () => {
    answer = async () => 'late';
    await giveOut();
    await mail.take();

    await expect(mail.reply('r:pay:1', { result: 1 })).rejects.toMatchObject(illegal);

    expect(await mail.receipts('r:pay:1')).toMatchObject([{ status: 'delivered', answer: null }]);
  });

  it('is not handed out any more when it was withdrawn, and answers are late', async () => {
    await giveOut();
    await giveOut({ id: 'second' });
    await mail.take({ limit: 1 });
    await withdraw('second', 'r:pay:1', 'unknown');

    expect(await mail.take()).toEqual([]);
    await expect(mail.reply('r:pay:1', { result: 1 })).rejects.toMatchObject(illegal);
    expect(heard).toEqual([]);
    expect(await mail.find('second')).toMatchObject({ status: 'cancelled' });
  });

  it('may be withdrawn by the transaction that gives it out', async () => {
    await mail.database.transact(async (tx) => {
      await mail.work.giveOut(tx, order());
      await mail.work.withdraw(tx, mail.entry.mediator.key, ['r:pay:1']);
    });

    expect(await mail.take()).toEqual([]);
    expect(await mail.find('r:pay:1')).toMatchObject({ status: 'cancelled' });
  });

  it('that was withdrawn after a failed try has failed with its error', async () => {
    answer = async (tx, { mediatorKey, id }) => {
      await mail.work.withdraw(tx, mediatorKey, [id]);
      return 'taken';
    };
    await giveOut();
    await mail.take();
    await mail.reply('r:pay:1', { error: refused });

    expect(await mail.find('r:pay:1')).toMatchObject({ status: 'failed', error: refused });
  });

  it('of kind notification is done with its ack, and not answered', async () => {
    await giveOut({ kind: 'notification' });
    await mail.take();

    await expect(mail.reply('r:pay:1', { result: 1 })).rejects.toMatchObject(illegal);
    await mail.ack('r:pay:1');
    await mail.ack('r:pay:1');

    expect(heard).toMatchObject([{ outcome: { status: 'done', result: null } }]);
  });

  it('fails for its source when its handler is unregistered, acked or not, and may go to another', async () => {
    const { key } = mail.entry.mediator;
    for (const id of ['taken', 'acked', 'waits']) await giveOut({ id });
    await mail.take();
    await mail.ack('acked');
    await mail.nack('waits', { error: broken });
    answer = async (tx, { id }) => {
      await mail.work.giveOut(tx, order({ id, isAgain: true, handlerId: 'carol' }));
      return 'taken';
    };

    await mail.database.transact(async (tx) => mail.onColleagueUnregistered?.(tx, key, 'bob'));

    const gone = { status: 'failed', error: { code: 'colleague-unregistered' }, isRefusal: false };
    expect(heard.slice(1)).toMatchObject([
      { id: 'taken', outcome: gone },
      { id: 'acked', outcome: gone },
    ]);
    expect(await mail.take({ colleagueId: 'carol' })).toEqual(['taken', 'acked']);
  });
});
