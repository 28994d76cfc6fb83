import { parseRetryAfter } from '@fanfare/cloudevents';
import type { CloudEvent } from '@fanfare/contracts';
import { AppError, toError, type Clock } from '@fanfare/core';
import { z } from 'zod';
import type { Feed } from './feed';

const pageSchema = z.object({
  topic: z.string(),
  partition: z.int(),
  // release 0.1.0 does not say
  partitions: z.int().optional(),
  first_sequence: z.int(),
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

/** So long an owner is left alone at most, whatever it asks for: who reads its topic falls behind meanwhile. */
const longestRestMs = 60_000;

/**
 * Reads a topic log over its owner's `GET /topics/{topic}/{partition}`. While an owner wants to be left alone (`Retry-After`
 * with a 429 or 503) reading throws `unavailable` without asking it.
 */
export function createHttpFeed(options: HttpFeedOptions): Feed {
  const { ownerUrl, topic, clock, token, timeoutMs = 10_000 } = options;
  let restUntilMs = -Infinity;

  /** Throws for an answer that is no page. */
  function requireAnswer({ ok, status, headers }: Response): void {
    if (ok) return;
    const wantsRest = status === 429 || status === 503;
    const restMs = wantsRest ? parseRetryAfter(headers.get('retry-after') ?? undefined, clock.now()) : 0;
    restUntilMs = clock.elapsedMs() + Math.min(restMs ?? 0, longestRestMs);
    throw new Error(`answered ${status}`);
  }

  return {
    async read(partition, from, limit, signal) {
      const url = new URL(`/topics/${topic}/${partition}?from=${from}&limit=${limit}`, ownerUrl);
      const restMs = restUntilMs - clock.elapsedMs();
      if (restMs > 0) {
        throw new AppError(
          'unavailable',
          `the owner of ${url.href} asks to be left alone for ${Math.ceil(restMs)} ms`,
        );
      }
      const stop = new AbortController();
      const timer = clock.setTimer(timeoutMs, () => {
        stop.abort(new Error(`no answer within ${timeoutMs} ms`));
      });
      const stopToo = () => {
        stop.abort(signal?.reason);
      };
      signal?.addEventListener('abort', stopToo);
      try {
        signal?.throwIfAborted();
        const held = await token?.();
        const headers = held === undefined ? {} : { authorization: `Bearer ${held}` };
        const response = await fetch(url, { headers, signal: stop.signal, redirect: 'error' });
        requireAnswer(response);
        const page = pageSchema.parse(await response.json());
        return {
          topic,
          partition,
          partitions: page.partitions,
          firstSequence: page.first_sequence,
          head: page.head,
          events: page.events as CloudEvent[],
        };
      } catch (error) {
        throw new AppError('unavailable', `the feed ${url.href} cannot be read: ${toError(error).message}`, {
          cause: error,
        });
      } finally {
        timer.cancel();
        signal?.removeEventListener('abort', stopToo);
      }
    },
  };
}
