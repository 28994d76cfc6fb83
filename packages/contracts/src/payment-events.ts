import { z } from 'zod';
import { defineExternalEvent } from './define-event';
import { externalForm, externalTimestamp, freeObject, sensitive } from './fields';
import { signedAmount } from './money';

/** Payments as other programs tell of them: the fields of every documented form. */
export const externalPayment = externalForm('ExternalPayment', {
  payment_id: z.string(),
  order_id: z.string(),
  user_id: z.string(),
  amount: signedAmount,
  currency: z.string(),
  payment_method: z.string(),
  status: z.string(),
  gateway: z.string(),
  transaction_id: sensitive(z.string()),
  payment_date: externalTimestamp,
  changes: freeObject,
});

const definePayment = <const Name extends string>(name: Name, summary: string) =>
  defineExternalEvent({ name, summary, data: externalPayment });

export const paymentCreated = definePayment('payment.created', 'A payment was begun.');
export const paymentUpdated = definePayment('payment.updated', 'Something about a payment changed.');
export const paymentProcessed = definePayment('payment.processed', 'A gateway answered a payment.');
export const paymentCompleted = definePayment('payment.completed', 'A payment succeeded.');
export const paymentFailed = definePayment('payment.failed', 'A payment was refused or broke off.');
export const paymentRefunded = definePayment('payment.refunded', 'A payment was given back.');

export const paymentEvents = [
  paymentCreated,
  paymentUpdated,
  paymentProcessed,
  paymentCompleted,
  paymentFailed,
  paymentRefunded,
] as const;
