import { openRecordProducer } from '@fanfare/messaging';
import type { Pingable, Resources, Worker } from '@fanfare/service-kit';
import type { Database, EventLog } from '@fanfare/storage';
import type { Tail } from '../live/tail';
import { createLogRelay, streamName } from './log-relay';
import { readStreamCursor } from './stream-cursor';

export interface StreamDeps {
  readonly resources: Resources;
  /** The service's. */
  readonly name: string;
  readonly tail: Pick<Tail, 'follow'>;
  readonly log: Pick<EventLog, 'head'>;
  readonly database: Database;
}

/** What the service does to stream its log to others. */
export interface Stream {
  readonly workers: readonly Worker[];
  readonly checks: Readonly<Record<string, Pingable>>;
}

/** Streams the log to the Kafka at `url`; `memory:` streams it nowhere. A Kafka that is away costs lag, nothing else. */
export function openStream(url: string, { resources, name, tail, log, database }: StreamDeps): Stream {
  if (url.startsWith('memory:')) return { workers: [], checks: {} };
  const { clock, newId, own, messagingObserver } = resources;
  const producer = own(openRecordProducer(url, { clock, name }));
  measureLag({ resources, log, database });
  const onFailure = (error: unknown, delayMs: number) => {
    messagingObserver.waiting('the stream to Kafka', error, delayMs);
  };
  const relay = createLogRelay({ tail, producer, database, clock, newId, onFailure });
  return { workers: [relay], checks: { kafka: producer } };
}

function measureLag({ resources, log, database }: Pick<StreamDeps, 'resources' | 'log' | 'database'>): void {
  resources.metrics.gauge({
    name: 'stream_lag_events',
    help: 'Events of the log that are not yet sent to Kafka.',
    async collect(gauge) {
      try {
        const [sent, head] = [await readStreamCursor(database, streamName), await log.head()];
        gauge.set(head - sent);
      } catch (err) {
        // what is away is a matter of health: the scrape goes on with what was last seen
        resources.logger.debug({ err }, 'the lag of the stream cannot be read now');
      }
    },
  });
}
