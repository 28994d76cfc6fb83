import { createEvent, type CloudEvent } from '@fanfare/cloudevents';
import { lendClient } from './support/lend-client';

interface User {
  readonly givenName: string;
  readonly familyName: string;
}

const v1 = 'com.example.user.created.v1';
const v2 = 'com.example.user.created.v2';
const v2Schema = 'https://schemas.example.com/user-created/2.json';

/** Lifts an old version to the newest, so that the rest of the consumer knows only that one. */
function toNewest(event: CloudEvent): CloudEvent {
  if (event.type !== v1) return event;
  const [givenName = '', ...others] = String(event.data).split(' ');
  const data: User = { givenName, familyName: others.join(' ') };
  return createEvent({ ...event, type: v2, dataschema: v2Schema, data });
}

/** The first version had the name as one text, the second has its parts. */
export async function runVersioning() {
  const users: unknown[] = [];
  const handle = (event: CloudEvent) => {
    const { type, dataschema, data } = toNewest(event);
    if (type === v2 && dataschema === v2Schema) users.push(data);
  };

  await lendClient(handle, async (client) => {
    const data: User = { givenName: 'Grace', familyName: 'Hopper' };
    await client.send({ type: v1, source: '/users', data: 'Ada Lovelace' });
    await client.send({ type: v2, source: '/users', dataschema: v2Schema, data });
  });
  return users;
}
