import { toMinor } from '@fanfare/contracts';
import type { OrderData } from './order-data';

export const roleNames = ['inventory', 'payment', 'shipping'] as const;
export type RoleName = (typeof roleNames)[number];

/** What one colleague does to orders, and takes back. */
export interface Role {
  readonly name: RoleName;
  /** The type of the command that does it. */
  readonly does: string;
  /** The type of the command that takes it back. */
  readonly undoes: string;
  readonly unit: 'pieces' | 'minor units';
  /** How much of it an order needs. */
  readonly amountOf: (order: OrderData) => number;
  /** What it says when it will not. */
  readonly refusal: string;
}

const pieces = { unit: 'pieces', amountOf: ({ quantity }: OrderData) => quantity } as const;

export const roles: Readonly<Record<RoleName, Role>> = {
  inventory: {
    name: 'inventory',
    does: 'inventory.reserve',
    undoes: 'inventory.release',
    ...pieces,
    refusal: 'the product is being recalled',
  },
  payment: {
    name: 'payment',
    does: 'payment.take',
    undoes: 'payment.refund',
    unit: 'minor units',
    amountOf: ({ total_amount: amount }) => toMinor(amount),
    refusal: 'the card was declined',
  },
  shipping: {
    name: 'shipping',
    does: 'shipping.ship',
    undoes: 'shipping.recall',
    ...pieces,
    refusal: 'nobody delivers to this address',
  },
};
