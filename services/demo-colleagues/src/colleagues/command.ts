import { identifier } from '@fanfare/contracts';
import { createValidate, HttpProblem } from '@fanfare/service-kit';
import { z } from 'zod';
import { orderData, type OrderData } from './order-data';
import type { Role } from './role';

/** Something to be done for an order, or to be taken back. */
export type Command = {
  /** Stays the same when it comes again. */
  readonly id: string;
  /** The command that does it; of one that does, its own id. */
  readonly bookingId: string;
  readonly orderId: string;
} & ({ readonly kind: 'do'; readonly order: OrderData } | { readonly kind: 'undo' });

const undoSuffix = ':undo';
const commandId = z.string().min(1).max(255);
const doBody = z.looseObject({ id: commandId, data: orderData });

/** An undo names what it takes back by its own id, as compensations do, or in its data. */
const undoBody = z.looseObject({
  id: commandId,
  data: z.union([
    z.looseObject({ undoes: commandId, order_id: identifier }),
    z.looseObject({ input: orderData }).transform(({ input }) => ({ ...input, undoes: undefined })),
  ]),
});

const validateDo = createValidate(doBody, 'body');
const validateUndo = createValidate(undoBody, 'body');

/** Reads a command out of an event. Throws `HttpProblem` 400 with every bad field, 422 for a type that is another's. */
export function readCommand(role: Role, event: { readonly type: string }): Command {
  if (event.type === role.does) {
    const { id, data } = validateDo(event);
    return { id, bookingId: id, orderId: data.order_id, kind: 'do', order: data };
  }
  if (event.type !== role.undoes) throw new HttpProblem(422, `${role.name} does not take ${event.type}`);
  const { id, data } = validateUndo(event);
  const bookingId = data.undoes ?? id.replace(new RegExp(`${undoSuffix}$`), '');
  return { id, bookingId, orderId: data.order_id, kind: 'undo' };
}
