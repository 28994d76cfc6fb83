import { ack, formatResult, isAck } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** Tells of a login to whom it may concern, and does not wait: only what went wrong is heard of. */
export async function runFireAndForget(log: (line: string) => void) {
  const seen: string[] = [];
  const takeForLater = ({ type }: { type: string }) => {
    seen.push(type);
    return ack(202);
  };

  // closing the client waits for what is under way
  await lendClient(takeForLater, async (client) => {
    for (const type of [
      'audit.user.login',
      'analytics.page.viewed',
      'email.requested',
      'cache.invalidated',
    ]) {
      void client.send({ type, source: '/web', subject: 'user-42' }).then((result) => {
        if (!isAck(result)) log(`${type}: ${formatResult(result)}`);
      });
    }
  });
  return seen;
}
