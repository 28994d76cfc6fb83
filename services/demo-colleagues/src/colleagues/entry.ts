import type { Command } from './command';

/** What a command is answered, whenever it comes. */
export type Answer =
  | { readonly status: 'done'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly status: 'refused'; readonly code: string; readonly message: string };

/** What one command did to the books: amounts that were taken back are negative, refused ones are 0. */
export interface Entry {
  readonly commandId: string;
  readonly bookingId: string;
  readonly kind: Command['kind'];
  readonly orderId: string;
  readonly amount: number;
  readonly answer: Answer;
}

export interface Circumstances {
  /** The entries of the same booking. */
  readonly earlier: readonly Entry[];
  /** How much the order needs. */
  readonly amount: number;
  /** How much there is left; undefined: any. */
  readonly left: number | undefined;
  /** Why it will not be done, if it will not. */
  readonly refusal: string | undefined;
}

/**
 * What a command that has not come before does. What was taken back stays so: the command that would have done it may come
 * later than the one that takes it back, when the one who asked has given up waiting, and is then refused.
 */
export function decideEntry(command: Command, circumstances: Circumstances): Entry {
  const { id: commandId, bookingId, orderId, kind } = command;
  const entry = { commandId, bookingId, orderId, kind };
  if (kind === 'undo') {
    const booked = circumstances.earlier.reduce((sum, { amount }) => sum + amount, 0);
    const result = { order_id: orderId, taken_back: booked };
    return { ...entry, amount: 0 - booked, answer: { status: 'done', result } };
  }
  const refusal = refusalOf(circumstances);
  if (refusal) return { ...entry, amount: 0, answer: { status: 'refused', ...refusal } };
  const { amount } = circumstances;
  return { ...entry, amount, answer: { status: 'done', result: { order_id: orderId, booked: amount } } };
}

function refusalOf({ earlier, amount, left, refusal }: Circumstances) {
  if (earlier.some(({ kind }) => kind === 'undo'))
    return { code: 'taken-back', message: 'it was taken back before it was done' };
  if (refusal !== undefined) return { code: 'refused', message: refusal };
  if (left !== undefined && amount > left)
    return { code: 'out-of-stock', message: `${amount} are needed, ${left} are left` };
  return undefined;
}
