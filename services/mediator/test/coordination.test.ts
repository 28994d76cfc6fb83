import { createVirtualClock } from '@fanfare/core';
import { expectProblem, type TestResponse } from '@fanfare/service-kit/testing';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { hostMediator, type MediatorForTest } from './host-mediator';

const mediator = '/mediators/orders';
const send = (service: MediatorForTest, recipient: string, message: unknown) =>
  service.post(`${mediator}/messages`, { sender_id: 'sender', recipient_id: recipient, message });

/** What a colleague finds in its mailbox. */
async function take(service: MediatorForTest, id: string): Promise<readonly unknown[]> {
  const { status, body } = await service.get(`${mediator}/colleagues/${id}/messages`);
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { messages: readonly { content: unknown }[] }).messages.map(({ content }) => content);
}

describe('colleagues that know only the mediator', () => {
  const clock = createVirtualClock();
  let service: MediatorForTest;

  beforeEach(async () => {
    service = await hostMediator({ INACTIVE_TIMEOUT: '5m' }, { clock });
    await service.begin({ name: 'orders' }, 'sender', 'receiver', 'other');
  });
  afterEach(() => service.stop());

  it('may be replaced between two messages without the sender knowing', async () => {
    await send(service, 'receiver', 'first');
    expect(await take(service, 'receiver')).toEqual(['first']);

    await service.delete(`${mediator}/colleagues/receiver`);
    await service.post(`${mediator}/colleagues`, { id: 'receiver', name: 'its-successor' });
    const second = await send(service, 'receiver', 'second');

    expect(second.status).toBe(200);
    expect((await service.get(`${mediator}/colleagues/receiver`)).body).toMatchObject({
      name: 'its-successor',
      waiting: 1,
      dead: 1,
    });
    expect(await take(service, 'receiver')).toEqual(['second']);
  });

  it('may register others and send to them while they hold a message', async () => {
    const { id } = (await send(service, 'receiver', 'work')).body as { id: string };
    await take(service, 'receiver');

    await service.post(`${mediator}/colleagues`, { id: 'helper', name: 'helper' });
    await service.post(`${mediator}/messages`, {
      sender_id: 'receiver',
      recipient_id: 'helper',
      message: 'help',
    });
    await service.delete(`${mediator}/colleagues/other`);
    const acked = await service.post(`${mediator}/colleagues/receiver/messages/${id}/ack`);

    expect(acked).toMatchObject({ status: 200, body: { status: 'acked' } });
    expect(await take(service, 'helper')).toEqual(['help']);
  });

  it('keep what is in their mailboxes while they are silent, and get it with their next call', async () => {
    await send(service, 'receiver', 'early');
    await clock.advance(5 * 60_000);

    expect(expectProblem(await send(service, 'receiver', 'late'), 409).code).toBe('colleague-not-active');
    expect((await service.get(`${mediator}/colleagues/receiver`)).body).toMatchObject({
      active: false,
      waiting: 1,
    });

    expect(await take(service, 'receiver')).toEqual(['early']);
    expect((await send(service, 'receiver', 'again')).status).toBe(200);
    expect((await service.get(`${mediator}/colleagues/receiver`)).body).toMatchObject({ active: true });
  });
});

describeOnEveryDatabase('what is sent while its recipient or its mediator goes', (_, underTest) => {
  let pair: readonly [MediatorForTest, MediatorForTest];

  beforeEach(async () => {
    const settings = { DATABASE_URL: await underTest.createUrl() };
    pair = await Promise.all([hostMediator(settings), hostMediator(settings)]);
    await pair[0].begin({ name: 'orders' }, 'sender', 'receiver');
  });
  afterEach(() => Promise.all(pair.map((service) => service.stop())));

  const sendMany = (count: number): Promise<readonly TestResponse[]> =>
    Promise.all(
      Array.from({ length: count }, (_unused, n) => send(pair[n % 2 === 0 ? 0 : 1], 'receiver', n)),
    );

  /** Codes of the answers that refuse. */
  const refusals = (answers: readonly TestResponse[]) =>
    new Set(answers.filter(({ status }) => status !== 200).map((answer) => expectProblem(answer, 404).code));

  it('is dead when the colleague goes, or refused: nothing waits for one who is not there', async () => {
    const sending = sendMany(40);
    expect((await pair[1].delete(`${mediator}/colleagues/receiver`)).status).toBe(200);
    const answers = await sending;

    for (const code of refusals(answers)) expect(code).toBe('recipient-not-found');
    const { body } = await pair[0].get(`${mediator}/messages?limit=1000`);
    const { messages } = body as { messages: readonly { status: string }[] };
    expect(messages).toHaveLength(answers.filter(({ status }) => status === 200).length);
    for (const { status } of messages) expect(status).toBe('failed');
  });

  it('is gone with the mediator, or refused: the next mediator of that name is empty', async () => {
    const sending = sendMany(40);
    expect((await pair[1].delete(mediator)).status).toBe(200);
    await pair[1].begin({ name: 'orders' }, 'receiver');
    const answers = await sending;

    for (const code of refusals(answers)) {
      expect(['mediator-not-found', 'sender-not-found', 'recipient-not-found']).toContain(code);
    }
    expect((await pair[0].get(`${mediator}/messages`)).body).toMatchObject({ messages: [] });
    expect(await take(pair[1], 'receiver')).toEqual([]);
  });
});
