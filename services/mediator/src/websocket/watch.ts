import { hasCode } from '@fanfare/core';
import { HttpProblem, type WebSocketSession } from '@fanfare/service-kit';
import type { Facts } from '../announcements/follow-facts';
import { createClient, type ClientDeps } from './client';

export interface WatchDeps extends ClientDeps {
  readonly facts: Pick<Facts, 'follow'>;
}

/** What a client watches. */
export interface Watched {
  /** All mediators unless given. */
  readonly mediator: string | undefined;
  readonly mayReadBodies: boolean;
  /** Exclusive: what follows it is wanted. */
  readonly from: number;
}

/** Sends a client the facts of one mediator, or of all, until its connection closes (contract §11). */
export function startWatch({ mediator, mayReadBodies, from }: Watched, deps: WatchDeps): WebSocketSession {
  const { outlet, leaving, close, closeSlow, closeAfterFault, answerWith } = createClient(deps);

  async function tellAll(): Promise<void> {
    for await (const page of deps.facts.follow(from, leaving)) {
      for (const fact of page) {
        if (leaving.aborted) return;
        if (mediator !== undefined && fact.mediator !== mediator) continue;
        await outlet.send(mayReadBodies ? fact.frame : fact.frameWithoutBody);
      }
    }
  }

  answerWith(() => {
    throw new HttpProblem(400, 'who only watches has nothing to say; colleagues connect with their id');
  });
  const ended = tellAll().catch((error: unknown) => {
    if (hasCode(error, 'conflict')) closeSlow();
    else closeAfterFault(error);
  });
  return { close, ended };
}
