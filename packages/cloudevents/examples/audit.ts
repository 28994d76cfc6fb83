import { compileFilter, type Client, type CloudEvent } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** What a login page tells: who logged in, when (the client fills that in) and from where. */
export async function sendLogins(client: Client): Promise<void> {
  const login = { type: 'audit.user.login', source: '/login' };
  await client.send({ ...login, subject: 'ada', data: { ip: '192.0.2.7' } });
  await client.send({ ...login, subject: 'eve', data: { ip: '198.51.100.9' } });
  await client.send({ type: 'page.viewed', source: '/web', subject: 'ada' });
}

/** Keeps every audit event, and finds those of one user again. */
export async function runAudit(user: string) {
  const trail: CloudEvent[] = [];
  const keep = (event: CloudEvent) => void trail.push(event);

  await lendClient(keep, sendLogins, { filter: [{ prefix: { type: 'audit.' } }] });

  const isOfUser = compileFilter([{ exact: { subject: user } }]);
  return trail.filter(isOfUser).map(({ type, time, data }) => ({ type, time, data }));
}
