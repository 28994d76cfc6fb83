import { join } from 'node:path';
import { createVirtualClock } from '@fanfare/core';
import { migrate, readMigrations } from '@fanfare/storage';
import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import fc from 'fast-check';
import { createBook } from './book';
import type { Command } from './command';
import { createEntryStore, type NumberedEntry } from './entry-store';
import { roles } from './role';

const migrations = readMigrations(join(__dirname, '../../migrations'));
const order = (orderId: string, quantity: number) => ({
  order_id: orderId,
  quantity,
  total_amount: quantity / 4,
});
const reserve = (orderId: string, quantity = 2): Command => ({
  id: `${orderId}:reserve:1`,
  bookingId: `${orderId}:reserve:1`,
  orderId,
  kind: 'do',
  order: order(orderId, quantity),
});
const release = (orderId: string, by = 'undo'): Command => ({
  id: `${orderId}:${by}`,
  bookingId: `${orderId}:reserve:1`,
  orderId,
  kind: 'undo',
});

describeOnEveryDatabase('the books of a colleague', (openDatabase) => {
  async function openBooks({
    stock,
    role = roles.inventory,
  }: { stock?: number; role?: typeof roles.payment } = {}) {
    const database = await openDatabase();
    await migrate(database, { component: 'entries', migrations });
    const entries = createEntryStore(database, createVirtualClock());
    const book = createBook({ role, database, entries, stock });
    const all = () => entries.list({ order: 'asc', limit: 1_000 });
    return {
      book: (command: Command, isRefused = false) => book(command, { isRefused }),
      all,
      total: async () => (await entries.totals()).amount,
    };
  }

  it('answer a command that comes again as before, and do it once, also when it comes many times at once', async () => {
    const { book, total, all } = await openBooks();

    const answers = await Promise.all(Array.from({ length: 8 }, () => book(reserve('order-1'))));

    const done = { status: 'done', result: { order_id: 'order-1', booked: 2 } };
    expect(answers).toEqual(answers.map(() => done));
    expect(await total()).toBe(2);
    expect(await all()).toHaveLength(1);
  });

  it('keep to a refusal', async () => {
    const { book, total } = await openBooks();

    const first = await book(reserve('order-1'), true);

    expect(first).toMatchObject({ status: 'refused', code: 'refused' });
    expect(await book(reserve('order-1'))).toEqual(first);
    expect(await total()).toBe(0);
  });

  it('count money in minor units', async () => {
    const { book, total } = await openBooks({ role: roles.payment });

    await book(reserve('order-1', 1));

    expect(await total()).toBe(25);
  });

  it('take back what was done, once', async () => {
    const { book, total } = await openBooks();
    await book(reserve('order-1'));

    const answers = [await book(release('order-1')), await book(release('order-1'))];

    const takenBack = { status: 'done', result: { order_id: 'order-1', taken_back: 2 } };
    expect(answers).toEqual([takenBack, takenBack]);
    expect(await book(release('order-1', 'return'))).toMatchObject({ result: { taken_back: 0 } });
    expect(await total()).toBe(0);
  });

  it('refuse what was taken back before it was done', async () => {
    const { book, total } = await openBooks();

    expect(await book(release('order-1'))).toMatchObject({ status: 'done', result: { taken_back: 0 } });

    expect(await book(reserve('order-1'))).toMatchObject({ status: 'refused', code: 'taken-back' });
    expect(await total()).toBe(0);
  });

  it('never give out more than there is, and give out again what was taken back', async () => {
    const { book, total } = await openBooks({ stock: 5 });
    const orders = ['order-1', 'order-2', 'order-3'];

    const answers = await Promise.all(orders.map((orderId) => book(reserve(orderId))));

    expect(answers.map(({ status }) => status).sort()).toEqual(['done', 'done', 'refused']);
    expect(answers.find(({ status }) => status === 'refused')).toMatchObject({ code: 'out-of-stock' });
    await Promise.all(orders.map((orderId) => book(release(orderId))));
    await book(reserve('order-4', 5));
    expect(await total()).toBe(5);
  });

  it('add up for each order to all or nothing, in whatever order its commands come and however often', async () => {
    const { book, all, total } = await openBooks();
    const command = fc.tuple(fc.constantFrom('do', 'undo', 'return'), fc.nat(2), fc.boolean());
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 24 }), async (commands) => {
        const run = `run-${(runs += 1)}`;
        const answers = new Map<string, unknown>();

        for (const [kind, number, isRefused] of commands) {
          const orderId = `${run}-order-${number}`;
          const sent = kind === 'do' ? reserve(orderId) : release(orderId, kind);
          const answer = await book(sent, isRefused);
          expect(answer).toEqual(answers.get(sent.id) ?? answer);
          answers.set(sent.id, answer);
        }

        const entries = await all();
        const takenBack = new Set(
          entries.filter(({ kind }) => kind === 'undo').map(({ orderId }) => orderId),
        );
        for (const number of [0, 1, 2]) {
          const ofOrder = entries.filter(({ orderId }) => orderId === `${run}-order-${number}`);
          const isDone = ofOrder.some(({ amount }) => amount > 0);
          const isTakenBack = ofOrder.some(({ orderId }) => takenBack.has(orderId));
          expect(sumOf(ofOrder)).toBe(isDone && !isTakenBack ? 2 : 0);
        }
        expect(sumOf(entries)).toBe(await total());
      }),
      { numRuns: 30 },
    );
  });
});

function sumOf(entries: readonly NumberedEntry[]): number {
  return entries.reduce((sum, { amount }) => sum + amount, 0);
}
