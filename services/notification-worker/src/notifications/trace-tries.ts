import type { Tracer } from '@fanfare/core';
import type { Outcome } from '../channels/channel';
import type { Notification } from './notification';

/** Notifications on their way through a channel, each in a span of its try. */
export interface TracedTries {
  /** What follows from them, here and at the receiver, follows from their try. */
  readonly notifications: readonly Notification[];
  /** One that it was not the turn of any more is not shown. */
  end(outcomes: readonly Outcome[]): void;
}

export function traceTries(
  tracer: Tracer,
  channel: string,
  notifications: readonly Notification[],
): TracedTries {
  const tries = notifications.map((notification) => {
    const { id, orderId, attempts, event } = notification;
    const span = tracer.startSpan(`send ${channel}`, {
      parent: event.traceparent ?? undefined,
      kind: 'client',
      attributes: {
        'messaging.message.id': id,
        'fanfare.channel': channel,
        'fanfare.order.id': orderId,
        'fanfare.event.name': event.name,
        'fanfare.attempts': attempts + 1,
      },
    });
    return { span, notification: { ...notification, event: { ...event, traceparent: span.traceparent } } };
  });
  return {
    notifications: tries.map(({ notification }) => notification),
    end(outcomes) {
      for (const [index, { span }] of tries.entries()) {
        const outcome = outcomes[index];
        if (outcome?.kind === 'sent') span.end();
        else if (outcome && 'reason' in outcome) span.end(new Error(outcome.reason));
      }
    },
  };
}
