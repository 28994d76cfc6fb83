import type { AppliedResult, Gap, MessagingObserver } from '@fanfare/messaging';
import type { Clock } from '@fanfare/core';
import type { Logger } from '../logging/logger';
import type { HistogramSeries } from './histogram';
import type { Metrics } from './metrics';

export interface MessagingMetricsDeps {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

const lagBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 60, 300, 3600] as const;

/** How often the same may be said. */
const sameLogEveryMs = 10_000;

/** Turns what happens inside messaging into metrics and log lines. */
export function createMessagingMetrics({ metrics, logger, clock }: MessagingMetricsDeps): MessagingObserver {
  return {
    ...publishingMetrics(metrics),
    ...consumingMetrics(metrics),
    ...gapMetrics(metrics, logger),
    ...logFailures(logger),
    mismatch: mismatchMetrics(metrics, logger, clock),
    waiting: logWaiting(logger, clock),
  };
}

function publishingMetrics(metrics: Metrics): Pick<MessagingObserver, 'published'> {
  const published = metrics.counter<'topic'>({
    name: 'events_published_total',
    help: 'Events that the bus has confirmed.',
    labels: ['topic'],
  });
  return {
    published(topic, count) {
      published.inc({ topic }, count);
    },
  };
}

function consumingMetrics(metrics: Metrics): Pick<MessagingObserver, 'applied' | 'unreadable'> {
  const applied = metrics.counter<'group' | 'result'>({
    name: 'events_applied_total',
    help: 'Events that a group has dealt with, by what became of them.',
    labels: ['group', 'result'],
  });
  const lag = metrics.seriesHistogram<'group'>({
    name: 'event_lag_seconds',
    help: 'Time from an event to its effect in a group.',
    buckets: lagBuckets,
  });
  const lagOf = remember((group: string): HistogramSeries<'group'> => lag.series({ group }));
  return {
    applied(group, result: AppliedResult, events, nowMs) {
      applied.inc({ group, result }, events.length);
      if (result !== 'applied') return;
      const series = lagOf(group);
      for (const { time } of events) {
        const eventMs = time === undefined ? NaN : Date.parse(time);
        // clocks of two machines may disagree: an effect before its cause counts as no lag
        if (!Number.isNaN(eventMs)) series.observe(Math.max(0, nowMs - eventMs) / 1000);
      }
    },
    unreadable(group, count) {
      applied.inc({ group, result: 'dead' }, count);
    },
  };
}

function gapMetrics(metrics: Metrics, logger: Logger): Pick<MessagingObserver, 'gapFilled' | 'gapLost'> {
  const gaps = metrics.counter<'group'>({
    name: 'event_gaps_total',
    help: 'Holes between what a group had and what the bus delivered.',
    labels: ['group'],
  });
  const lost = metrics.counter<'group'>({
    name: 'events_lost_total',
    help: 'Events that the log of their owner no longer holds, lost to a group.',
    labels: ['group'],
  });
  const describe = ({ topic, group, partition, from, to, cause }: Gap) => ({
    topic,
    group,
    partition,
    from,
    to,
    cause,
  });
  return {
    gapFilled(gap) {
      if (isBeginning(gap)) {
        logger.info(describe(gap), 'a new group has read the topic log from its beginning');
        return;
      }
      gaps.inc({ group: gap.group });
      logger.warn(describe(gap), 'a gap in the events was filled from the topic log');
    },
    gapLost(gap) {
      gaps.inc({ group: gap.group });
      lost.inc({ group: gap.group }, gap.to - gap.from + 1);
      logger.error(describe(gap), 'events are lost to this group: the topic log no longer holds them');
    },
  };
}

/** What was there before the group: the bus had nobody to bring it to. */
function isBeginning({ from, cause }: Gap): boolean {
  return from === 1 && cause === 'catch_up';
}

function logFailures(logger: Logger): Pick<MessagingObserver, 'failed'> {
  return {
    failed({ isDead, ...failure }) {
      if (isDead) logger.error(failure, 'an event failed for good and is a dead letter now');
      else logger.warn(failure, 'an event failed and will be tried again');
    },
  };
}

function mismatchMetrics(metrics: Metrics, logger: Logger, clock: Clock): MessagingObserver['mismatch'] {
  const mismatches = metrics.counter<'group'>({
    name: 'topic_mismatches_total',
    help: 'Looks at which the log of a topic did not fit what a group is set to or has applied.',
    labels: ['group'],
  });
  const isDue = limitLog(clock);
  return ({ topic, group, partition }, problem) => {
    mismatches.inc({ group });
    if (isDue(`${group} ${problem}`)) logger.error({ topic, group, partition }, problem);
  };
}

function logWaiting(logger: Logger, clock: Clock): MessagingObserver['waiting'] {
  const isDue = limitLog(clock);
  return (what, err, delayMs) => {
    if (isDue(what)) logger.warn({ what, err, delayMs }, `${what} waits for a dependency`);
  };
}

/** Answers whether something may be said now, and takes it for said. What may be said again is forgotten. */
function limitLog(clock: Clock): (what: string) => boolean {
  const lastLogged = new Map<string, number>(); // the oldest first
  return (what) => {
    const nowMs = clock.elapsedMs();
    for (const [said, atMs] of lastLogged) {
      if (nowMs - atMs < sameLogEveryMs) break;
      lastLogged.delete(said);
    }
    if (lastLogged.has(what)) return false;
    lastLogged.set(what, nowMs);
    return true;
  };
}

function remember<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>();
  return (key) => {
    let value = made.get(key);
    if (value === undefined) {
      value = make(key);
      made.set(key, value);
    }
    return value;
  };
}
