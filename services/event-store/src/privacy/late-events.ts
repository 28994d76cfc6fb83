import type { CloudEvent } from '@fanfare/cloudevents';
import { orderCreated } from '@fanfare/contracts';
import { forgottenSubjects, type IsForgotten } from '@fanfare/service-kit';
import type { AppendRequest, Database, EventLog } from '@fanfare/storage';
import { z } from 'zod';

/** What was on its way when a subject was erased. */
export interface LateEvents {
  /** What happened until then is taken in as erased from now on. */
  readonly remember: (subject: string, erasedAt: Date) => Promise<void>;
  /**
   * The same log for who records what others tell: events of a subject that was erased since, and new orders of a customer
   * who was, become tombstones.
   */
  readonly eraseIn: (log: EventLog) => EventLog;
}

export function createLateEvents(database: Pick<Database, 'transact'>): LateEvents {
  async function find(events: readonly CloudEvent[]): Promise<readonly CloudEvent[]> {
    if (events.length === 0) return [];
    const isForgotten = await database.transact((tx) =>
      forgottenSubjects.find(tx, events.flatMap(subjectsOf)),
    );
    return events.filter((event) => isLate(event, isForgotten));
  }

  return {
    remember: (subject, erasedAt) =>
      database.transact((tx) => forgottenSubjects.add(tx, { subject, erasedAt })),

    eraseIn: (log) => ({
      ...log,
      async append(request) {
        const events = eventsOf(request);
        const erased = new Set(idsOf(await find(events)));
        const answer = await log.append({ ...request, erased });
        // of a subject that was erased meanwhile; the erasure may have looked for its events before they were there
        for (const { id, subject } of await find(events)) {
          if (subject !== undefined && !erased.has(id)) await log.erase({ subject });
        }
        return answer;
      },
    }),
  };
}

function eventsOf({ appends }: AppendRequest): readonly CloudEvent[] {
  return appends.flatMap(({ events }) => events);
}

function idsOf(events: readonly CloudEvent[]): readonly string[] {
  return events.map(({ id }) => id);
}

function isLate(event: CloudEvent, isForgotten: IsForgotten): boolean {
  return event.time !== undefined && isForgotten(subjectsOf(event), new Date(event.time));
}

/** What is recorded is not checked for what its type promises. */
const ofCustomer = z.object({ customer_id: z.string() });

function subjectsOf({ type, subject, data }: CloudEvent): readonly (string | undefined)[] {
  const order = type === orderCreated.type ? ofCustomer.safeParse(data).data : undefined;
  return [subject, order?.customer_id];
}
