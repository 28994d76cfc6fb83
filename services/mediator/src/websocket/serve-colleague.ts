import { HttpProblem, type WebSocketSession } from '@fanfare/service-kit';
import type { Mailbox } from '../mailbox/mailbox';
import type { Directory, MediatorEntry } from '../mediators/directory';
import { noSuchMediator } from '../mediators/not-found';
import { requireColleague } from '../mediators/require-kind';
import { createClient, type ClientDeps } from './client';
import { closeCodes } from './close-codes';
import { createObeyColleague, type ObeyColleagueDeps } from './obey-colleague';
import { createPush, type PushDeps, type Self } from './push';

export interface ServeColleagueDeps
  extends
    ClientDeps,
    Pick<PushDeps, 'waiting'>,
    Pick<ObeyColleagueDeps, 'send' | 'bodies' | 'newTrace' | 'audit'> {
  readonly mailbox: Mailbox;
  readonly directory: Pick<Directory, 'find' | 'noteCall'>;
}

export interface ConnectedColleague {
  readonly entry: MediatorEntry;
  readonly colleagueId: string;
  /** For how long it has in hands what it is sent. */
  readonly visibilityMs: number;
}

/** Serves one connection of a colleague: sends it what is in its mailbox, and obeys its frames (contract §4, "WebSocket"). */
export function serveColleague(
  { entry, colleagueId, visibilityMs }: ConnectedColleague,
  deps: ServeColleagueDeps,
): WebSocketSession {
  const { directory, mailbox, log } = deps;
  const { name, key } = entry.mediator;
  const client = createClient(deps);
  const { outlet, leaving } = client;
  const place = { mediatorKey: key, colleagueId };
  const push = createPush({ ...deps, outlet, findSelf, place, visibilityMs, onFailure });
  client.answerWith(createObeyColleague({ ...deps, outlet, leaving, findSelf, push }));

  async function findSelf(): Promise<Self> {
    const now = await directory.find(name);
    // there may be another mediator of this name by now
    if (now.mediator.key !== key) throw noSuchMediator(name);
    return { entry: now, colleague: requireColleague(now, colleagueId) };
  }

  async function noteLife(): Promise<void> {
    const self = await findSelf();
    await directory.noteCall(self.entry, colleagueId);
  }

  async function giveBack(): Promise<void> {
    const ids = push.inHands();
    if (ids.length > 0) await mailbox.giveBack(entry, colleagueId, ids);
  }

  function closeAfter(error: unknown): void {
    if (error instanceof HttpProblem && error.status === 404) {
      client.close(closeCodes.gone, error.detail);
    } else {
      client.closeAfterFault(error);
    }
  }

  function onFailure(err: unknown, delayMs: number): void {
    log.warn({ err, delayMs }, 'the mailbox of a WebSocket client is away');
  }

  // who only listens is there as well
  deps.connection.on('pong', () => {
    noteLife().catch((err: unknown) => {
      log.debug({ err }, 'a sign of life of a WebSocket client could not be written down');
    });
  });
  const pushed = push.run(leaving).catch(closeAfter);
  const ended = Promise.all([pushed, client.left])
    .then(giveBack)
    .catch((error: unknown) => {
      // it comes again after `visibilityMs`
      onFailure(error, visibilityMs);
    });
  return { close: client.close, ended };
}
