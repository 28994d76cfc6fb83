import { measurePool, type Metrics } from '@fanfare/service-kit';
import { VersionConflict, type EventLog } from '@fanfare/storage';

/** The same log, counting what is appended through it: `events_appended_total`, `append_conflicts_total`, `event_log_head`, `event_log_pool_connections`. */
export function measureLog(metrics: Metrics, log: EventLog): EventLog {
  const appended = metrics.counter({
    name: 'events_appended_total',
    help: 'Events that this instance has added to the log; repetitions are not counted.',
  });
  const conflicts = metrics.counter({
    name: 'append_conflicts_total',
    help: 'Appends that were refused because their stream was at another version than expected.',
  });
  metrics.gauge({
    name: 'event_log_head',
    help: 'Position of the last event of the log.',
    async collect(gauge) {
      // a log that is away is a matter of health: the scrape goes on with what was last seen
      await log.head().then(
        (head) => {
          gauge.set(head);
        },
        () => undefined,
      );
    },
  });
  if (log.poolState) {
    measurePool(metrics, log.poolState, {
      name: 'event_log_pool_connections',
      help: 'Connections to MongoDB in use and idle, and callers that wait for one.',
    });
  }
  return {
    ...log,
    async append(request) {
      try {
        const answer = await log.append(request);
        appended.inc(answer.events.filter(({ isRepeated }) => !isRepeated).length);
        return answer;
      } catch (error) {
        if (error instanceof VersionConflict) conflicts.inc();
        throw error;
      }
    },
  };
}
