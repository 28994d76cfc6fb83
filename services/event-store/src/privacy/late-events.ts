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
   * who was, become tombstones. It appends inside a transaction of the database, so that a log in SQLite needs a file of its own.
   */
  readonly eraseIn: (log: EventLog) => EventLog;
}

export function createLateEvents(database: Pick<Database, 'transact'>): LateEvents {
  return {
    remember: (subject, erasedAt) =>
      database.transact((tx) => forgottenSubjects.add(tx, { subject, erasedAt })),

    eraseIn: (log) => ({
      ...log,
      async append(request) {
        const events = eventsOf(request);
        if (events.length === 0) return log.append(request);
        return database.transact(async (tx) => {
          const isForgotten = await forgottenSubjects.find(tx, events.flatMap(subjectsOf));
          const late = events.filter((event) => isLate(event, isForgotten));
          // an erasure that begins meanwhile waits, and then finds what is appended here; nothing is written that could conflict
          return log.append({ ...request, erased: new Set(late.map(({ id }) => id)) });
        });
      },
    }),
  };
}

function eventsOf({ appends }: AppendRequest): readonly CloudEvent[] {
  return appends.flatMap(({ events }) => events);
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
