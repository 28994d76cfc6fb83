import { privacySubjectErased, type CloudEvent } from '@fanfare/contracts';
import { AppError } from '@fanfare/core';
import { createConsumer, openFeed, type Consumer, type ConsumerOptions } from '@fanfare/messaging';
import type { Transaction } from '@fanfare/storage';
import type { Resources } from '../hosting/service';

/** Somebody, or something, that is to be forgotten. */
export interface Erasure {
  /** Id of a person or a thing, as services know it. */
  readonly subject: string;
  /** What is older is forgotten; what comes later begins anew. */
  readonly erasedAt: Date;
}

/** Forgets a subject in the transaction of the group's cursor. Repeatable: each erasure may be told several times. */
export type ForgetSubject = (tx: Transaction, erasure: Erasure) => Promise<void>;

/** To be called after each transaction: throws `unavailable` when the service stops, which then begins anew with its next start. */
export type GoOn = () => void;

export type ForgetFirst = (erasure: Erasure, goOn: GoOn) => Promise<void>;

/** How a service forgets a subject. */
export interface Forgetting {
  /**
   * Where much may be kept of a subject: forgets it before `forget` is called, in transactions of its own, each of them
   * short. A service that stops meanwhile begins anew, so that it passes over what is done.
   */
  readonly forgetFirst?: ForgetFirst;
  readonly forget: ForgetSubject;
}

export interface ErasureConsumerOptions
  extends Forgetting, Pick<ConsumerOptions, 'database' | 'bus' | 'group'> {
  readonly resources: Pick<Resources, 'clock' | 'newId' | 'hub' | 'messagingObserver' | 'serviceToken'>;
  /** Where the event store answers; undefined: nobody is forgotten here. */
  readonly feedUrl: string | undefined;
  readonly feedCheckMs?: number | undefined;
}

const topic = 'privacy';

/** The consumer by which a service hears whom to forget; none where it is not told who says so. */
export function createErasureConsumers(options: ErasureConsumerOptions): readonly Consumer[] {
  const { database, bus, group, resources, feedUrl, feedCheckMs, forgetFirst, forget } = options;
  if (feedUrl === undefined) return [];
  const { clock, newId, hub, messagingObserver: observer } = resources;
  let stopping: AbortSignal | undefined;
  const goOn = () => {
    if (stopping?.aborted) throw new AppError('unavailable', 'the service stops before all is forgotten');
  };
  const consumer = createConsumer({
    database,
    bus,
    clock,
    newId,
    observer,
    topic,
    group,
    ...(feedCheckMs !== undefined && { feedCheckMs }),
    feed: openFeed({ topic, ownerUrl: feedUrl, hub, clock, token: resources.serviceToken }),
    handler: {
      events: [privacySubjectErased],
      async prepare(events) {
        if (forgetFirst) for (const erasure of erasuresIn(events)) await forgetFirst(erasure, goOn);
      },
      async apply(tx, events) {
        for (const erasure of erasuresIn(events)) await forget(tx, erasure);
      },
    },
  });
  return [
    {
      ...consumer,
      run(signal) {
        stopping = signal;
        return consumer.run(signal);
      },
    },
  ];
}

function erasuresIn(events: readonly CloudEvent[]): readonly Erasure[] {
  return events
    .filter((event) => privacySubjectErased.is(event))
    .map(({ data: { subject, erased_at: erasedAt } }) => ({ subject, erasedAt: new Date(erasedAt) }));
}
