import { AppError, createWakeUp, keepTrying, type Clock } from '@fanfare/core';
import type { TopicLog } from '@fanfare/messaging';
import type { Worker } from '@fanfare/service-kit';
import type { Database } from '@fanfare/storage';
import type { Waiting } from '../waiting';
import { createNewestFacts } from './newest-facts';
import { toFacts, type Fact } from './to-facts';

/** What is announced, read once for all who watch. */
export interface Facts {
  /** Sequence of the last fact. */
  head(): Promise<number>;
  /**
   * The facts after `sequence`, in order, each once, as they come; ends when `signal` aborts. Throws `conflict` when whoever
   * follows is so far behind that the next ones are not kept any more.
   */
  follow(sequence: number, signal: AbortSignal): AsyncGenerator<readonly Fact[], void, undefined>;
  /** Reads what is new, as long as somebody follows. */
  readonly worker: Worker;
}

export interface FactsDeps {
  readonly topicLog: Pick<TopicLog, 'read' | 'onAppend'>;
  readonly database: Pick<Database, 'queries'>;
  readonly clock: Clock;
  readonly waiting: Pick<Waiting, 'tell' | 'until'>;
  /** Told when the log is away. */
  readonly onFailure: (error: unknown, delayMs: number) => void;
}

/** The topic has one partition, so that its order is that of the commits. */
const partition = 0;
/** What other instances commit is found so late at most. */
const lookAgainMs = 500;
/** Few, because each may bring a long body. */
const pageSize = 50;
const maxBytes = 16 * 2 ** 20;
const topic = 'announcements';

export function createFacts({ topicLog, database, clock, waiting, onFailure }: FactsDeps): Facts {
  const newest = createNewestFacts(maxBytes);
  let followers = 0;

  const head = async () => (await topicLog.read(partition, 1, 0)).head;

  async function readOn(): Promise<void> {
    while (followers > 0 && (await head()) > newest.last) {
      const { last } = newest;
      const page = await topicLog.read(partition, last + 1, pageSize);
      const facts = await toFacts(database.queries, page.events, page.firstSequence);
      // somebody may have begun to follow from somewhere else meanwhile
      if (newest.last !== last) continue;
      newest.add(facts);
      // retention may have taken all that was there to read
      if (facts.length === 0) newest.restart(page.head);
      waiting.tell(topic);
    }
  }

  return {
    head,
    async *follow(sequence, signal) {
      if (followers === 0) newest.restart(sequence);
      let at = Math.max(sequence, newest.floor);
      followers += 1;
      try {
        while (!signal.aborted) {
          if (at < newest.floor) throw new AppError('conflict', `what follows ${at} is not kept any more`);
          const facts = await waiting.until({ topics: [topic], waitMs: Infinity, signal }, async () => {
            const found = newest.after(at);
            return found.length > 0 ? found : undefined;
          });
          at = facts?.at(-1)?.sequence ?? at;
          if (facts) yield facts;
        }
      } finally {
        followers -= 1;
      }
    },
    worker: {
      name: 'announcements',
      async run(signal) {
        const wakeUp = createWakeUp(clock);
        const stopListening = topicLog.onAppend(wakeUp.wake);
        while (!signal.aborted) {
          await keepTrying(readOn, { clock, signal, onFailure });
          await wakeUp.wait(lookAgainMs, signal);
        }
        stopListening();
      },
    },
  };
}
