import { createEvent, formatResult, nack, type CloudEvent, type HandlerAnswer } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

/** Commands change what is stored and answer with nothing; queries change nothing and answer with an event. */
function createUserService() {
  const users = new Map<string, unknown>();
  const handlers: Readonly<Record<string, (event: CloudEvent) => HandlerAnswer>> = {
    'command.user.create': ({ subject = '', data }) => {
      if (users.has(subject)) return nack(422, `there is a ${subject} already`);
      users.set(subject, data);
      return undefined;
    },
    'query.user.get': ({ subject = '' }) => {
      if (!users.has(subject)) return nack(422, `there is no ${subject}`);
      return createEvent({ type: 'user.found', source: '/users', subject, data: users.get(subject) });
    },
  };
  return (event: CloudEvent) => {
    const handle = handlers[event.type];
    return handle ? handle(event) : nack(422, `nobody knows ${event.type}`);
  };
}

export function runCqrs() {
  return lendClient(createUserService(), async (client) => {
    const user = { source: '/web', subject: 'user-42' };
    const created = await client.send({ ...user, type: 'command.user.create', data: { name: 'Ada' } });
    const again = await client.send({ ...user, type: 'command.user.create', data: { name: 'Eve' } });
    const { reply } = await client.request({ ...user, type: 'query.user.get' });
    return { created: formatResult(created), again: formatResult(again), found: reply?.data };
  });
}
