import type { CloudEvent } from '@fanfare/contracts';
import { AppError, toError, type Clock } from '@fanfare/core';
import { z } from 'zod';
import type { Feed } from './feed';

const pageSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  first_sequence: z.int(),
  next_sequence: z.int(),
  head: z.int(),
  // checked one by one when they are applied, so that one bad event is one dead letter
  events: z.array(z.unknown()),
});

export interface HttpFeedOptions {
  /** Where the topic's owner answers, `http://localhost:8080`. */
  readonly ownerUrl: string;
  readonly topic: string;
  readonly clock: Clock;
  /** With which the owner is asked; undefined when it asks nobody for one. */
  readonly token?: (() => Promise<string | undefined>) | undefined;
  readonly timeoutMs?: number;
}

/** Reads a topic log over its owner's `GET /topics/{topic}/{partition}`. */
export function createHttpFeed(options: HttpFeedOptions): Feed {
  const { ownerUrl, topic, clock, token, timeoutMs = 10_000 } = options;
  return {
    async read(partition, from, limit) {
      const url = new URL(`/topics/${topic}/${partition}?from=${from}&limit=${limit}`, ownerUrl);
      const stop = new AbortController();
      const timer = clock.setTimer(timeoutMs, () => {
        stop.abort(new Error(`no answer within ${timeoutMs} ms`));
      });
      try {
        const held = await token?.();
        const headers = held === undefined ? {} : { authorization: `Bearer ${held}` };
        const response = await fetch(url, { headers, signal: stop.signal, redirect: 'error' });
        if (!response.ok) throw new Error(`answered ${response.status}`);
        const page = pageSchema.parse(await response.json());
        return {
          topic,
          partition,
          firstSequence: page.first_sequence,
          nextSequence: page.next_sequence,
          head: page.head,
          events: page.events as CloudEvent[],
        };
      } catch (error) {
        throw new AppError('unavailable', `the feed ${url.href} cannot be read: ${toError(error).message}`, {
          cause: error,
        });
      } finally {
        timer.cancel();
      }
    },
  };
}
