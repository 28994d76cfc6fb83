import type { Receipt, StoredMessage } from '../../messages/message-rows';

/** What the caller of a command is told: how it stands, and what its handler said. */
export function toCommandAnswer({
  status,
  result,
  error,
}: Pick<StoredMessage, 'status' | 'result' | 'error'>) {
  if (status === 'completed') return { status, result };
  return error ? { status, error } : { status };
}

/** Whether the time for an answer ran out. A handler that says `timeout` itself has answered. */
export function hasTimedOut(
  { status, error }: Pick<StoredMessage, 'status' | 'error'>,
  receipts: readonly Pick<Receipt, 'answer'>[],
): boolean {
  return status === 'failed' && error?.code === 'timeout' && receipts.every(({ answer }) => answer === null);
}
