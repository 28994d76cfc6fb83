import { orderCancelled, orderCreated, type CloudEvent } from '@fanfare/contracts';
import type { EventLog } from '@fanfare/storage';
import { createConsumer } from '../../consumer/consumer';
import type { EventHandler } from '../../consumer/event-handler';
import { migrateMessaging } from '../../messaging-tables';
import type { StreamOf } from '../../recorder/log-appends';
import { createLogRecorder } from '../../recorder/log-recorder';
import { newId, prepareDatabase, type EffectTables } from '../messaging-fixture';
import type { ConsumerKind, EffectWatch } from './consumer-fixture';

/** Consumers whose effects are rows, in a table that refuses a second one for the same event. */
export const databaseConsumers: ConsumerKind = {
  handlesSome: true,
  async prepare(database, effects) {
    await prepareDatabase(database);
    return ({ handled = [orderCreated, orderCancelled], ...options }) =>
      createConsumer({ ...options, newId, handler: { events: handled, apply: insertEffects(effects) } });
  },
};

function insertEffects({ before, committed }: EffectWatch): EventHandler['apply'] {
  let count = 0;
  return async (tx, events) => {
    for (const event of events) {
      before(event);
      const row = { id: event.id, applied_at_order: (count += 1) };
      await tx.queries.withTables<EffectTables>().insertInto('effects').values(row).execute();
    }
    tx.afterCommit(() => {
      committed(events.map(({ id }) => id));
    });
  };
}

/** Recorders that all append to one event log, which `open` opens. */
export function logRecorders(open: () => Promise<EventLog>): ConsumerKind {
  return {
    handlesSome: { missing: 'a recorder takes every event' },
    async prepare(database, effects) {
      await migrateMessaging(database);
      const eventLog = watchAppends(await open(), effects);
      return (options) => createLogRecorder({ ...options, eventLog, streamOf: streamOfOrder });
    },
  };
}

/** The stream of the order that an event tells of. */
export const streamOfOrder: StreamOf = ({ subject = '' }: CloudEvent) => ({ id: subject, type: 'order' });

function watchAppends(eventLog: EventLog, { before, committed }: EffectWatch): EventLog {
  return {
    ...eventLog,
    async append(request) {
      for (const event of request.appends.flatMap(({ events }) => events)) before(event);
      const answer = await eventLog.append(request);
      committed(answer.events.filter(({ isRepeated }) => !isRepeated).map(({ id }) => id));
      return answer;
    },
  };
}
