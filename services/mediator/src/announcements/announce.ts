import type { EventDefinition, TraceContext } from '@fanfare/contracts';
import type { Clock } from '@fanfare/core';
import type { TopicLog } from '@fanfare/messaging';
import type { Transaction } from '@fanfare/storage';

/**
 * Tells the world a fact of a mediator, durable with the transaction in which it becomes true: on topic `mediator`, and from
 * there by WebSocket and Kafka. Facts of one mediator stay in order.
 */
export type Announce = <Data>(
  tx: Transaction,
  definition: EventDefinition<string, Data>,
  data: Data & { readonly mediator: string },
  trace?: Partial<TraceContext>,
) => void;

export interface AnnounceDeps {
  readonly topicLog: Pick<TopicLog, 'append'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: () => string;
  /** Begins a trace where nothing leads to the fact but the passing of time. */
  readonly newTrace: () => TraceContext;
}

export function createAnnounce({ topicLog, clock, newId, newTrace }: AnnounceDeps): Announce {
  return function announce(tx, definition, data, trace) {
    const event = definition.create({
      ...newTrace(),
      ...trace,
      id: newId(),
      source: '/mediator',
      subject: data.mediator,
      time: clock.now(),
      data,
    });
    topicLog.append(tx, [event]);
  };
}
