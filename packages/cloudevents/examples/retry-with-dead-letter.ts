import { formatResult, nack, withRetry, type CloudEvent, type RetryPolicy } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** Tries again what may yet be taken; what is given up is kept with the reason. */
export async function runRetryWithDeadLetter(
  backoff: RetryPolicy['backoff'] = { firstMs: 200, maxMs: 10_000 },
) {
  const tries: string[] = [];
  const deadLetters: string[] = [];
  const handle = ({ id }: CloudEvent) => {
    tries.push(id);
    if (id === 'invalid') return nack(422, 'no such product');
    const isFirst = tries.filter((tried) => tried === id).length === 1;
    return id === 'lost' || isFirst ? nack(503, 'the warehouse is closed') : undefined;
  };

  await lendClient(handle, async (once) => {
    const client = withRetry(once, {
      maxAttempts: 3,
      backoff,
      deadLetter: ({ id }, result) => void deadLetters.push(`${id ?? ''}: ${formatResult(result)}`),
    });
    for (const id of ['late', 'invalid', 'lost'])
      await client.send({ type: 'order.created', source: '/orders', id });
  });
  return { tries, deadLetters };
}
