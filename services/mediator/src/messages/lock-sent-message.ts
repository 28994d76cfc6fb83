import type { Transaction } from '@fanfare/storage';
import { lockMessage, type LockedMessage } from '../mailbox/lock-message';
import type { Directory, MediatorEntry } from '../mediators/directory';
import { refuse } from '../problems';

/** Names a message from outside. */
export interface MessageKey {
  /** Name of the mediator. */
  readonly mediator: string;
  readonly id: string;
}

/** A message that nobody else changes, with its mediator. */
export interface LockedSentMessage extends LockedMessage {
  readonly entry: MediatorEntry;
}

/** Locks a message that somebody has sent. Work belongs to whoever gave it out: `illegal-transition`. */
export async function lockSentMessage(
  tx: Transaction,
  directory: Pick<Directory, 'enter'>,
  { mediator, id }: MessageKey,
): Promise<LockedSentMessage> {
  const entry = await directory.enter(tx, mediator);
  const locked = await lockMessage(tx, entry.mediator.key, id);
  if (!locked) throw noSuchMessage(id);
  const { work } = locked.message;
  if (work) throw refuse('illegal-transition', `message ${id} is work of ${work.source} ${work.ref}`);
  return { ...locked, entry };
}

/** The answer to whoever names a message that is not there. */
export function noSuchMessage(id: string) {
  return refuse('not-found', `there is no message ${id}`);
}
