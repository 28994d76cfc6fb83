import type { Clock } from '@fanfare/core';
import type { Feed } from '../feed/feed';
import { createHttpFeed, type HttpFeedOptions } from '../feed/http-feed';
import type { LocalHub } from './local-hub';

export interface OpenFeedOptions {
  readonly topic: string;
  /** Where the topic's owner answers when it runs elsewhere. */
  readonly ownerUrl: string;
  readonly hub: LocalHub;
  readonly clock: Clock;
  /** With which an owner elsewhere is asked. */
  readonly token?: HttpFeedOptions['token'];
}

/** The feed of a topic: read directly when its owner runs in this process, else over HTTP. */
export function openFeed({ topic, ownerUrl, hub, clock, token }: OpenFeedOptions): Feed {
  const remote = createHttpFeed({ topic, ownerUrl, clock, token });
  return {
    read: (...asked) => (hub.findFeed(topic) ?? remote).read(...asked),
  };
}
