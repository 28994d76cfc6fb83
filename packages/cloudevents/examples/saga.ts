import { isAck, isNack, nack, type Client, type CloudEvent } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

interface Step {
  readonly act: string;
  readonly compensate: string;
}

const steps: readonly Step[] = [
  { act: 'inventory.reserve', compensate: 'inventory.release' },
  { act: 'payment.charge', compensate: 'payment.refund' },
  { act: 'shipping.schedule', compensate: 'shipping.cancel' },
];

/**
 * Takes the steps in turn. When one fails, those before it are undone in reverse, and it too where nobody knows
 * whether it took effect. To compensate what never happened must therefore do no harm.
 */
async function orderSaga(client: Client, orderId: string): Promise<'completed' | 'compensated'> {
  const send = (type: string) =>
    client.send({ type, source: '/sagas/order', subject: orderId, correlationid: orderId });
  const toUndo: Step[] = [];

  await send('saga.order.started');
  for (const step of steps) {
    const result = await send(step.act);
    if (!isNack(result)) toUndo.unshift(step);
    if (isAck(result)) continue;
    await send('saga.order.compensate');
    for (const { compensate } of toUndo) await send(compensate);
    return 'compensated';
  }
  await send('saga.order.completed');
  return 'completed';
}

export async function runSaga(failing?: string) {
  const sent: string[] = [];
  const participate = ({ type }: CloudEvent) => {
    sent.push(type);
    return type === failing ? nack(422, `${type} is not possible`) : undefined;
  };

  const outcome = await lendClient(participate, (client) => orderSaga(client, 'order-1'));
  return { outcome, sent };
}
