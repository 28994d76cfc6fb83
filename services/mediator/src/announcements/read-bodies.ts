import type { Database } from '@fanfare/storage';
import type { MediatorTables } from '../mediators/mediator-tables';
import type { MessageTables } from '../messages/message-rows';

/** Names a message, as announcements do. */
export interface MessageName {
  readonly mediator: string;
  readonly message_id: string;
}

export type FindBody = (message: MessageName) => { readonly body: unknown } | undefined;

/** Reads the bodies of messages at once; of one that is gone there is none. */
export async function readBodies(
  queries: Database['queries'],
  messages: readonly MessageName[],
): Promise<FindBody> {
  if (messages.length === 0) return () => undefined;
  const rows = await queries
    .withTables<MediatorTables & MessageTables>()
    .selectFrom('messages')
    .innerJoin('mediators', 'mediators.mediator_key', 'messages.mediator_key')
    .select(['mediators.name', 'messages.id', 'messages.body'])
    .where('mediators.name', 'in', [...new Set(messages.map(({ mediator }) => mediator))])
    .where(
      'messages.id',
      'in',
      messages.map(({ message_id: id }) => id),
    )
    .execute();
  const bodies = new Map(rows.map(({ name, id, body }) => [keyOf(name, id), body]));
  return ({ mediator, message_id: id }) => {
    const body = bodies.get(keyOf(mediator, id));
    return body === undefined ? undefined : { body: JSON.parse(body) as unknown };
  };
}

/** Names of mediators have no spaces. */
function keyOf(mediator: string, id: string): string {
  return `${mediator} ${id}`;
}
