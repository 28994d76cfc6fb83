import { eventually } from '@fanfare/core/testing';
import { randomInt } from 'node:crypto';
import type { MediatorClient } from '../support/mediator-client';
import { keepDoing, startMediatorSystem, untilMore, type MediatorSystem } from '../support/mediator-system';

const kills = Number(process.env['MEDIATOR_KILLS'] ?? 2);
const senders = ['ann', 'ben', 'cem'];
const recipients = ['xia', 'yan'];

interface Delivery {
  readonly id: string;
  readonly content: number;
  readonly sender_id: string;
  readonly attempt: number;
}

/** Numbered messages between all senders and recipients, each sent until it is accepted before the next. */
function startCorrespondence({ ask, insist }: MediatorClient) {
  const accepted: string[] = [];
  const acked = new Set<string>();
  const arrivals: (Delivery & { readonly recipient: string })[] = [];
  const cameAfterAck: string[] = [];
  const refusals: unknown[] = [];

  function send(sender: string, recipient: string): () => Promise<void> {
    let n = 0;
    return async () => {
      n += 1;
      const id = `${sender}-${recipient}-${n}`;
      const { status, body } = await insist('POST', '/mail/messages', {
        id,
        sender_id: sender,
        recipient_id: recipient,
        message: n,
        retry: { max_attempts: 100, delay_ms: 20, max_delay_ms: 50 },
      });
      if (status === 200) accepted.push(id);
      else refusals.push(body);
    };
  }

  /** Acks most, refuses some, and leaves some unanswered, so that they come again. */
  async function settle(recipient: string, { id, content, attempt }: Delivery): Promise<void> {
    if (attempt === 1 && content % 7 === 0) return;
    const verb = attempt === 1 && content % 11 === 0 ? 'nack' : 'ack';
    const answer = await ask('POST', `/mail/colleagues/${recipient}/messages/${id}/${verb}`, {});
    if (answer?.status === 200 && verb === 'ack') acked.add(id);
    else if (answer && answer.status !== 200) refusals.push(answer.body);
  }

  async function receive(recipient: string): Promise<void> {
    const path = `/mail/colleagues/${recipient}/messages?limit=10&wait_ms=300&visibility_ms=1000`;
    const answer = await ask<{ readonly messages: readonly Delivery[] }>('GET', path);
    const deliveries = answer?.body.messages ?? [];
    arrivals.push(...deliveries.map((delivery) => ({ ...delivery, recipient })));
    cameAfterAck.push(...deliveries.map(({ id }) => id).filter((id) => acked.has(id)));
    await Promise.all(deliveries.map((delivery) => settle(recipient, delivery)));
  }

  const sending = keepDoing(senders.flatMap((sender) => recipients.map((to) => send(sender, to))));
  const receiving = keepDoing(recipients.map((recipient) => () => receive(recipient)));
  return { accepted, acked, arrivals, cameAfterAck, refusals, sending, receiving };
}

/** What came for the first time, as the mediator counts, by sender and recipient. */
function findFirsts({ arrivals }: ReturnType<typeof startCorrespondence>): readonly (readonly number[])[] {
  return senders.flatMap((sender) =>
    recipients.map((to) =>
      arrivals
        .filter((each) => each.sender_id === sender && each.recipient === to && each.attempt === 1)
        .map(({ content }) => content),
    ),
  );
}

describe('messages of a mediator whose instances are killed in turn', () => {
  let system: MediatorSystem;

  beforeAll(async () => {
    system = await startMediatorSystem(2);
    const colleagues = [...senders, ...recipients].map((id) => [id, []] as const);
    await system.begin({ name: 'mail' }, Object.fromEntries(colleagues));
  });
  afterAll(() => system.close());

  it('come at least once, in the order of sender and recipient, and never again after their ack', async () => {
    const mail = startCorrespondence(system.client);
    for (let killed = 0; killed < kills; killed += 1) {
      await untilMore(() => mail.acked.size, randomInt(40, 80));
      await system.killAndRestart(killed % 2);
    }
    await untilMore(() => mail.acked.size, 40);
    await mail.sending.stop();
    await eventually(
      async () => {
        for (const status of ['pending', 'delivered'])
          expect(await system.client.list(`/mail/messages?receipt=${status}`, 'messages')).toEqual([]);
      },
      { timeoutMs: 60_000, everyMs: 200 },
    );
    await mail.receiving.stop();

    const arrived = new Set(mail.arrivals.map(({ id }) => id));
    expect(mail.accepted.filter((id) => !arrived.has(id))).toEqual([]);
    expect(mail.cameAfterAck).toEqual([]);
    expect(mail.refusals).toEqual([]);
    for (const firsts of findFirsts(mail)) {
      expect(firsts.length).toBeGreaterThan(0);
      expect(firsts).toEqual([...new Set(firsts)].toSorted((one, other) => one - other));
    }
  });
});
