import type { Consumer, ParkedEvents, TopicLog } from '@fanfare/messaging';
import type { Logger } from '../logging/logger';
import type { Metrics } from './metrics';

export interface MessagingGaugesDeps {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly topicLogs: readonly TopicLog[];
  readonly consumers: readonly Consumer[];
}

/**
 * Shows at each scrape what waits, events for the relay, failed events for their next try or for an operator; and what is
 * lost.
 * A group that consumes several topics shows the sum.
 */
export function measureMessaging({ metrics, logger, topicLogs, consumers }: MessagingGaugesDeps): void {
  function gauge<Source>(
    label: 'topic' | 'group',
    { name, help, sources, nameOf, read }: WaitingGauge<Source>,
  ): void {
    if (sources.length === 0) return;
    metrics.gauge({
      name,
      help,
      labels: [label],
      async collect(values) {
        const sums = new Map<string, number>();
        for (const source of sources) {
          const key = nameOf(source);
          try {
            sums.set(key, (sums.get(key) ?? 0) + (await read(source)));
          } catch (err) {
            // a database that is away is a matter of health: the scrape goes on with what was last seen
            logger.debug({ err }, `${name} cannot be read now`);
          }
        }
        for (const [key, sum] of sums) values.set({ [label]: key }, sum);
      },
    });
  }

  const outbox = { sources: topicLogs, nameOf: ({ topic }: TopicLog) => topic };
  gauge('topic', {
    ...outbox,
    name: 'outbox_pending',
    help: 'Committed events that are not yet published.',
    read: async (topicLog) => (await topicLog.backlog()).pending,
  });
  gauge('topic', {
    ...outbox,
    name: 'outbox_oldest_seconds',
    help: 'Age of the oldest event that is not yet published.',
    read: async (topicLog) => (await topicLog.backlog()).oldestSeconds,
  });
  const groups = { sources: consumers, nameOf: ({ group }: Consumer) => group };
  gauge('group', {
    ...groups,
    name: 'parked_events',
    help: 'Failed events that will be tried again.',
    read: ({ parked }) => countFailed(parked, 'parked'),
  });
  gauge('group', {
    ...groups,
    name: 'dead_letters',
    help: 'Failed events that were given up.',
    read: ({ parked }) => countFailed(parked, 'dead'),
  });
  gauge('group', {
    ...groups,
    name: 'missing_events',
    help: 'Events that are lost to a group for good: its ledger names them.',
    read: (consumer) => consumer.countMissing(),
  });
}

interface WaitingGauge<Source> {
  readonly name: string;
  readonly help: string;
  readonly sources: readonly Source[];
  readonly nameOf: (source: Source) => string;
  readonly read: (source: Source) => Promise<number>;
}

async function countFailed(parked: ParkedEvents, state: 'parked' | 'dead'): Promise<number> {
  const counts = await parked.counts();
  return counts.reduce((sum, row) => (row.state === state ? sum + row.count : sum), 0);
}
