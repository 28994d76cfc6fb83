import type { Colleague } from '../mediators/colleague';
import type { MediatorEntry } from '../mediators/directory';
import type { MessageKind } from './message';

/** What a request to send says before its kind is known. */
export interface UnreadMessage {
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  /** `message` of the request. */
  readonly message: unknown;
}

/** What it says to a mediator of some kind. */
export interface ReadMessage {
  readonly id: string | undefined;
  readonly type: string;
  readonly body: unknown;
  readonly source: string | null;
}

/** For whom a message is. */
export interface Address {
  readonly senderId: string;
  /** Undefined in a broadcast, and where the type says who takes it. */
  readonly recipientId?: string | undefined;
  readonly type: string;
  readonly isBroadcast: boolean;
}

/** What is particular to one kind of mediator when something is sent in it (contract §3). */
export interface SentKind {
  readonly kind: MessageKind;
  /** Whether its recipients answer. */
  readonly isAnswered: boolean;
  /** Throws `invalid` when `message` is not what this kind takes. */
  read(request: UnreadMessage): ReadMessage;
  /** Throws what the contract refuses: nobody there, not active, not for this kind. */
  chooseRecipients(entry: MediatorEntry, address: Address): readonly Colleague[];
}
