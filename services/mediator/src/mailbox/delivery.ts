import type { MessageKind, Priority } from '../messages/message';

/** A message in the hands of a recipient, the same however it gets there (contract §4). */
export interface Delivery {
  readonly id: string;
  readonly kind: MessageKind;
  readonly type: string;
  /** Of a plain message; all other kinds have `data`. */
  readonly content?: unknown;
  readonly data?: unknown;
  readonly sender_id: string | null;
  readonly recipient_id: string;
  readonly timestamp: string;
  readonly priority: Priority;
  readonly broadcast: boolean;
  readonly source: string | null;
  readonly correlation_id: string | null;
  readonly attempt: number;
  readonly expires_at: string | null;
  readonly reply_expected: boolean;
  readonly deadline: string | null;
}
