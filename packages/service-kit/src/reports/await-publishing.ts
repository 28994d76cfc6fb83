import type { MessageBus, TopicLog } from '@fanfare/messaging';

/** A bus that tells when what this process has added to a topic log is published. */
export interface WatchedBus {
  readonly bus: Pick<MessageBus, 'publish'>;
  /** Resolves when everything that was added so far is with the broker. */
  readonly allPublished: () => Promise<void>;
}

/** For a topic log of one partition. */
export function watchPublishing(
  bus: Pick<MessageBus, 'publish'>,
  topicLog: Pick<TopicLog, 'onAppend'>,
): WatchedBus {
  let appended = 0;
  let published = 0;
  const waiting = new Set<() => void>();
  topicLog.onAppend((rows) => {
    const last = rows.at(-1);
    if (last) appended = Math.max(appended, last.first_sequence + last.event_count - 1);
  });
  return {
    bus: {
      async publish(options, messages) {
        await bus.publish(options, messages);
        const last = messages.at(-1);
        if (last?.sequence !== undefined) published = Math.max(published, last.sequence + last.count - 1);
        for (const look of waiting) look();
      },
    },
    allPublished: () =>
      new Promise((resolve) => {
        const sought = appended;
        const look = () => {
          if (published < sought) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
