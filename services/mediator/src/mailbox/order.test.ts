import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import fc from 'fast-check';
import type { Priority } from '../messages/message';
import { openMailboxes, type MailboxesForTest } from './testing/open-mailboxes';

const priorities: readonly Priority[] = ['low', 'normal', 'high', 'urgent'];
const patient = { max_attempts: 1_000, delay_ms: 500, factor: 1, max_delay_ms: 500 };

type Step =
  | { readonly do: 'send'; readonly sender: string; readonly priority: Priority }
  | { readonly do: 'take'; readonly limit: number; readonly isOneAtATime: boolean }
  | { readonly do: 'settle'; readonly verb: 'ack' | 'nack' | 'giveBack'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('send' as const),
    sender: fc.constantFrom('alice', 'carol'),
    priority: fc.constantFrom(...priorities),
  }),
  fc.record({
    do: fc.constant('take' as const),
    limit: fc.integer({ min: 1, max: 3 }),
    isOneAtATime: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('settle' as const),
    verb: fc.constantFrom('ack' as const, 'nack' as const, 'giveBack' as const),
    which: fc.nat(5),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 1_200 }) }),
);

/** What a mailbox should know, written down beside it. */
class Expected {
  readonly sent: {
    readonly id: string;
    readonly sender: string;
    readonly pair: string;
    readonly rank: number;
  }[] = [];
  readonly acked = new Set<string>();
  /** Until when somebody has it in hands. */
  readonly held = new Map<string, number>();
  /** Failed, and waits until then. */
  readonly resting = new Map<string, number>();

  open() {
    return this.sent.filter(({ id }) => !this.acked.has(id));
  }

  isHeld(id: string, nowMs: number): boolean {
    return (this.held.get(id) ?? 0) > nowMs;
  }

  /** Who takes one at a time gets nothing of a sender of whom something is out. */
  checkAlone(id: string, nowMs: number): void {
    const sender = this.sent.find((one) => one.id === id)?.sender;
    const out = this.sent.filter((one) => one.sender === sender && this.isHeld(one.id, nowMs));
    expect(out).toEqual([]);
  }

  /** Who takes `id` must not have it from somebody else, nor overtake one that failed. */
  check(id: string, nowMs: number): void {
    expect(this.acked).not.toContain(id);
    expect(this.isHeld(id, nowMs)).toBe(false);
    const index = this.sent.findIndex((one) => one.id === id);
    const before = this.sent.slice(0, index).filter(({ pair }) => pair === this.sent[index]?.pair);
    for (const { id: earlier } of before) {
      expect(this.resting.get(earlier) ?? 0).toBeLessThanOrEqual(nowMs);
    }
  }
}

async function run(mail: MailboxesForTest, steps: readonly Step[], prefix: string): Promise<void> {
  const expected = new Expected();
  const visibilityMs = 1_000;
  const nowMs = () => mail.clock.now().getTime();

  async function take(limit: number, isOneAtATime: boolean): Promise<readonly string[]> {
    const ids = await mail.take({ limit, isOneAtATime, visibilityMs });
    for (const id of ids) {
      expected.check(id, nowMs());
      if (isOneAtATime) expected.checkAlone(id, nowMs());
      expected.held.set(id, nowMs() + visibilityMs);
      expected.resting.delete(id);
    }
    return ids;
  }

  async function settle(verb: 'ack' | 'nack' | 'giveBack', which: number): Promise<void> {
    const [id] = [...expected.held.keys()].slice(which);
    if (id === undefined || expected.resting.has(id)) return;
    if (verb === 'giveBack') await mail.mailbox.giveBack(mail.entry, 'bob', [id]);
    else await mail[verb](id);
    expected.held.delete(id);
    if (verb === 'ack') expected.acked.add(id);
    if (verb === 'nack') expected.resting.set(id, nowMs() + 500);
  }

  for (const one of steps) {
    if (one.do === 'send') {
      const id = `${prefix}-${expected.sent.length}`;
      await mail.send({ id, senderId: one.sender, priority: one.priority, retry: patient });
      const rank = priorities.indexOf(one.priority);
      expected.sent.push({ id, sender: one.sender, pair: `${one.sender} ${one.priority}`, rank });
    } else if (one.do === 'take') await take(one.limit, one.isOneAtATime);
    else if (one.do === 'settle') await settle(one.verb, one.which);
    else await mail.pass(one.ms);
  }
  await mail.pass(10_000);
  const ids = await take(100, false);
  const wanted = expected.open().toSorted((left, right) => right.rank - left.rank);
  expect(ids).toEqual(wanted.map(({ id }) => id));
  for (const id of ids) await mail.ack(id);
}

describeOnEveryDatabase('whatever happens to a mailbox', (openDatabase) => {
  it('nothing is lost, nothing has two holders, and nothing overtakes what failed in its pair', async () => {
    const mail = await openMailboxes(await openDatabase());
    let count = 0;

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) =>
        run(mail, steps, `run-${(count += 1)}`),
      ),
      { numRuns: 40 },
    );
  });

  it('no two of many who take at the same time get the same', async () => {
    const mail = await openMailboxes(await openDatabase());
    const sent = Array.from({ length: 200 }, (_, index) => `m-${index}`);
    await mail.send(...sent.map((id) => ({ id })));

    const takeAll = async () => {
      const all: string[] = [];
      for (let ids = await mail.take({ limit: 7 }); ids.length > 0; ids = await mail.take({ limit: 7 })) {
        all.push(...ids);
      }
      return all;
    };
    const taken = await Promise.all(Array.from({ length: 20 }, takeAll));

    expect(taken.flat().toSorted()).toEqual(sent.toSorted());
  });

  it('of one sender at most one is out at a time, however many take one at a time', async () => {
    const mail = await openMailboxes(await openDatabase());
    const sent = Array.from({ length: 12 }, (_, index) => `m-${index}`);
    await mail.send(...sent.map((id) => ({ id })));
    const order: string[] = [];
    const mostOut: number[] = [];
    let out = 0;

    const work = async () => {
      while (order.length < sent.length) {
        const ids = await mail.take({ isOneAtATime: true });
        order.push(...ids);
        mostOut.push((out += ids.length));
        for (const id of ids) {
          out -= 1;
          await mail.ack(id);
        }
      }
    };
    await Promise.all(Array.from({ length: 5 }, work));

    expect(order).toEqual(sent);
    expect(Math.max(...mostOut)).toBe(1);
  });
});
