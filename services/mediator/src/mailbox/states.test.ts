import { messageStatuses, receiptStatuses } from '../messages/message';
import { nextMessageStatus, stepReceipt, type MessageStep, type ReceiptStep } from './states';

describe('a receipt', () => {
  const legal: readonly (readonly [string, ReceiptStep, string])[] = [
    ['pending', 'take', 'delivered'],
    ['pending', 'ack', 'acked'],
    ['pending', 'expire', 'expired'],
    ['pending', 'die', 'dead'],
    ['pending', 'cancel', 'cancelled'],
    ['delivered', 'take', 'delivered'],
    ['delivered', 'ack', 'acked'],
    ['delivered', 'retry', 'pending'],
    ['delivered', 'expire', 'expired'],
    ['delivered', 'die', 'dead'],
    ['delivered', 'cancel', 'cancelled'],
    ['dead', 'redrive', 'pending'],
    ['dead', 'cancel', 'cancelled'],
  ];
  const steps: readonly ReceiptStep[] = ['take', 'ack', 'retry', 'expire', 'die', 'cancel', 'redrive'];
  const all = receiptStatuses.flatMap((status) => steps.map((step) => [status, step] as const));

  it.each(all)('that is %s, and asked to %s, goes where the contract says or refuses', (status, step) => {
    const [, , next] = legal.find(([from, by]) => from === status && by === step) ?? [];

    const stepped = () => stepReceipt(status, step);

    if (next) expect(stepped()).toBe(next);
    else expect(stepped).toThrow('cannot');
  });
});

describe('a message', () => {
  const legal: readonly (readonly [string, MessageStep, string])[] = [
    ['scheduled', 'come due', 'pending'],
    ['scheduled', 'fail', 'failed'],
    ['scheduled', 'cancel', 'cancelled'],
    ['pending', 'complete', 'completed'],
    ['pending', 'fail', 'failed'],
    ['pending', 'cancel', 'cancelled'],
    ['failed', 'redrive', 'pending'],
  ];
  const steps: readonly MessageStep[] = ['come due', 'complete', 'fail', 'cancel', 'redrive'];
  const all = messageStatuses.flatMap((status) => steps.map((step) => [status, step] as const));

  it.each(all)('that is %s can %s only where the contract says', (status, step) => {
    const [, , next] = legal.find(([from, by]) => from === status && by === step) ?? [];

    expect(nextMessageStatus(status, step)).toBe(next);
  });
});
