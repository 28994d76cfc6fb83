import { newColleagues, order, sender, type BenchSystem } from './bench-system';
import { repeat, repeatFor } from './caller';
import { compare } from './compare';
import type { Rival } from './rivals';
import type { Sizes } from './sizes';

const connections = 32;
const takers = 8;

/** Messages that wait in mailboxes: sent to one colleague or to many, and taken by them. */
export async function measureMail(
  system: BenchSystem,
  rounds: number,
  seconds: number,
  { mailsPerTaker, audiences }: Sizes,
): Promise<void> {
  await measureSending(system, rounds, seconds);
  await measureTaking(system, mailsPerTaker, rounds);
  for (const amount of audiences) await measureBroadcasts(system, amount, rounds, seconds);
}

async function measureSending(system: BenchSystem, rounds: number, seconds: number): Promise<void> {
  const { technology, mediator, plain } = system;
  const path = await system.begin({ name: 'sending' }, [sender, ...newColleagues(1)]);
  const body = { sender_id: 'sender', recipient_id: 'colleague-0', message: order };
  const plainBody = { sender_id: 'sender', recipient_ids: ['colleague-0'], message: order };
  const keepPosting = (rival: Rival, to: string, what: object) => () =>
    repeatFor(seconds, connections, () => rival.call('POST', to, what));
  await compare(`${technology}: messages sent, ${connections} connections`, rounds, [
    { name: 'mediator', rival: mediator, work: keepPosting(mediator, `${path}/messages`, body) },
    { name: 'INSERT by hand', rival: plain, work: keepPosting(plain, '/messages', plainBody) },
    { name: 'echo', rival: plain, work: keepPosting(plain, '/echo', plainBody) },
  ]);
}

interface Taken {
  readonly messages: readonly { readonly id: string; readonly message_id: string }[];
}

async function measureTaking(system: BenchSystem, mailsPerTaker: number, rounds: number): Promise<void> {
  const { technology, mediator, plain } = system;
  const colleagues = newColleagues(takers);
  const ids = colleagues.map(({ id }) => id);
  const path = await system.begin({ name: 'taking' }, [sender, ...colleagues]);
  const body = { sender_id: 'sender', message: order };
  const fill = (rival: Rival, to: string, what: object) => () =>
    repeat(mailsPerTaker, 8, () => rival.call('POST', to, what));
  await compare(`${technology}: taken by ${takers} colleagues, each acked`, rounds, [
    {
      name: 'mediator',
      rival: mediator,
      prepare: fill(mediator, `${path}/broadcast`, body),
      work: () =>
        takeAll(ids, mailsPerTaker, async (id) => {
          const mailbox = `${path}/colleagues/${id}/messages`;
          const { messages } = (await mediator.call('GET', `${mailbox}?limit=10`)) as Taken;
          await Promise.all(messages.map((one) => mediator.call('POST', `${mailbox}/${one.id}/ack`)));
          return messages.length;
        }),
    },
    {
      name: 'by hand',
      rival: plain,
      prepare: fill(plain, '/messages', { ...body, recipient_ids: ids }),
      work: () =>
        takeAll(ids, mailsPerTaker, async (id) => {
          const { messages } = (await plain.call('POST', `/mailboxes/${id}/take`)) as Taken;
          const acks = messages.map((one) => `/mailboxes/${id}/${one.message_id}/ack`);
          await Promise.all(acks.map((ack) => plain.call('POST', ack)));
          return messages.length;
        }),
    },
  ]);
}

/** Each mailbox by one taker at a time, until it is empty. */
async function takeAll(
  ids: readonly string[],
  mailsPerTaker: number,
  take: (id: string) => Promise<number>,
): Promise<number> {
  const empty = async (id: string) => {
    for (let taken = 0; taken < mailsPerTaker;) taken += await take(id);
  };
  await Promise.all(ids.map(empty));
  return ids.length * mailsPerTaker;
}

async function measureBroadcasts(
  system: BenchSystem,
  amount: number,
  rounds: number,
  seconds: number,
): Promise<void> {
  const { technology, mediator, plain } = system;
  const colleagues = newColleagues(amount);
  const path = await system.begin({ name: `broadcasting-${amount}` }, [sender, ...colleagues]);
  const body = { sender_id: 'sender', message: order };
  const recipientIds = colleagues.map(({ id }) => id);
  const broadcast = (rival: Rival, to: string, what: object) => () =>
    repeatFor(seconds, 8, () => rival.call('POST', to, what));
  await compare(`${technology}: broadcasts to ${amount} colleagues`, rounds, [
    { name: 'mediator', rival: mediator, work: broadcast(mediator, `${path}/broadcast`, body) },
    {
      name: 'INSERT by hand',
      rival: plain,
      work: broadcast(plain, '/messages', { ...body, recipient_ids: recipientIds }),
    },
  ]);
}
