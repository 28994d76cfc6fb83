import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { createMetrics } from '@fanfare/service-kit';
import { migrate, readMigrations, type Database } from '@fanfare/storage';
import path from 'node:path';
import { entryOf } from '../../mediators/testing/entry-of';
import { readConfig } from '../../config';
import type { Directory, MediatorEntry } from '../../mediators/directory';
import type { MediatorKind } from '../../mediators/mediator';
import type { Answer, ShownReceipt } from '../../messages/message';
import type { AcceptedMessage, Receipt, StoredMessage } from '../../messages/message-rows';
import { createMessageStore } from '../../messages/message-store';
import { sampleMessage } from '../../messages/testing/sample-message';
import type { TimerHandler, TimerKey, Timers } from '../../timers/timers';
import { createWaiting, type Waiting } from '../../waiting';
import { createMailboxes, type Mailboxes } from '../create-mailbox';
import type { NackRequest, TakeRequest, Taken } from '../mailbox';

const migrations = readMigrations(path.join(__dirname, '..', '..', '..', 'migrations'));

/** Mailboxes of one mediator on a database, and short words for what tests do with them. */
export interface MailboxesForTest extends Mailboxes {
  readonly database: Database;
  readonly clock: VirtualClock;
  readonly waiting: Waiting;
  readonly entry: MediatorEntry;
  /** Times at which something is to happen by itself, by id of the message. */
  readonly timers: ReadonlyMap<string, Date>;
  /** In one transaction. */
  send(...messages: readonly Partial<AcceptedMessage>[]): Promise<void>;
  /** Ids of what bob gets, or another. */
  take(request?: Partial<TakeRequest>): Promise<readonly string[]>;
  takeAll(request?: Partial<TakeRequest>): Promise<readonly Taken[]>;
  ack(id: string, colleagueId?: string): Promise<ShownReceipt>;
  nack(id: string, request?: NackRequest, colleagueId?: string): Promise<ShownReceipt>;
  reply(id: string, answer: Answer, colleagueId?: string): Promise<ShownReceipt>;
  /** Moves the time on and fires what is due. */
  pass(ms: number): Promise<void>;
  find(id: string): Promise<StoredMessage>;
  receipts(id: string): Promise<readonly Receipt[]>;
}

/** How a call is refused that comes when it cannot. */
export const illegal = { status: 409, code: 'illegal-transition' };

export interface OpenMailboxesOptions {
  readonly kind?: MediatorKind;
  readonly clock?: VirtualClock;
  readonly colleagues?: readonly string[];
}

export async function openMailboxes(
  database: Database,
  {
    kind = 'message',
    clock = createVirtualClock(),
    colleagues = ['alice', 'bob'],
  }: OpenMailboxesOptions = {},
): Promise<MailboxesForTest> {
  await migrate(database, { component: 'mediator', migrations });
  const entry = entryOf(
    kind,
    colleagues.map((id) => ({ id })),
  );
  const waiting = createWaiting(clock);
  const timers = createTestTimers();
  const directory: Directory = {
    find: async () => entry,
    enter: async () => entry,
    enterByKey: async () => entry,
    noteCall: async () => undefined,
  };
  const shared = { database, archive: null, clock, waiting, timers, directory };
  const messages = createMessageStore(shared);
  const mailboxes = createMailboxes({
    ...shared,
    messages,
    metrics: createMetrics(),
    random: () => 0.999_999,
    config: readConfig({}),
  });
  const { mailbox } = mailboxes;
  const { key } = entry.mediator;

  async function find(id: string): Promise<StoredMessage> {
    const message = await messages.find(database.queries, key, id);
    if (!message) throw new Error(`there is no message ${id}`);
    return message;
  }

  const takeAll = (request: Partial<TakeRequest> = {}) =>
    mailbox.take({ entry, colleagueId: 'bob', limit: 10, visibilityMs: 30_000, ...request });

  return {
    ...mailboxes,
    database,
    clock,
    waiting,
    entry,
    find,
    takeAll,
    timers: timers.due,
    send: (...sent) =>
      database.transact(async (tx) => {
        for (const parts of sent) {
          messages.accept(tx, entry, sampleMessage({ acceptedAt: clock.now(), ...parts }));
        }
      }),
    take: async (request) => (await takeAll(request)).map(({ delivery }) => delivery.id),
    ack: (id, colleagueId = 'bob') => mailbox.ack(entry, colleagueId, id),
    nack: (id, request = {}, colleagueId = 'bob') => mailbox.nack(entry, colleagueId, id, request),
    reply: (id, answer, colleagueId = 'bob') => mailbox.reply(entry, colleagueId, id, answer),
    async pass(ms) {
      await clock.advance(ms);
      await timers.fire(clock.now());
    },
    async receipts(id) {
      const { sequence } = await find(id);
      return (await messages.receiptsOf(database.queries, [sequence])).get(sequence) ?? [];
    },
  };
}

interface TestTimers extends Timers {
  readonly due: ReadonlyMap<string, Date>;
  fire(now: Date): Promise<void>;
}

/** Timers that fire when they are told to. */
function createTestTimers(): TestTimers {
  const due = new Map<string, Date>();
  const keys = new Map<string, TimerKey>();
  const handlers = new Map<string, TimerHandler>();
  return {
    due,
    worker: { name: 'timers', run: async () => undefined },
    set(tx, { dueAt, ...key }) {
      tx.afterCommit(() => {
        due.set(key.id, dueAt);
        keys.set(key.id, key);
      });
    },
    cancel(tx, { id }) {
      tx.afterCommit(() => due.delete(id));
    },
    handle(kind, handler) {
      handlers.set(kind, handler);
    },
    async fire(now) {
      for (const [id, dueAt] of [...due]) {
        const key = keys.get(id);
        if (dueAt > now || !key) continue;
        due.delete(id);
        await handlers.get(key.kind)?.({ ...key, dueAt });
      }
    },
  };
}
