import type { Receipt, StoredMessage } from '../../messages/message-rows';

/** What the caller of a query that asked many is told: how it stands, what came in, and who has not answered. */
export function gatherAnswers(
  { status, error }: Pick<StoredMessage, 'status' | 'error'>,
  receipts: readonly Pick<Receipt, 'recipientId' | 'answer'>[],
) {
  return {
    status,
    ...(error && { error }),
    answers: receipts.flatMap(({ recipientId, answer }) =>
      answer ? [{ recipient_id: recipientId, ...answer }] : [],
    ),
    missing: receipts.filter(({ answer }) => answer === null).map(({ recipientId }) => recipientId),
  };
}

/** Whether everybody who was asked has given a result: only then it is given again. */
export function isGood(receipts: readonly Pick<Receipt, 'answer'>[]): boolean {
  return receipts.every(({ answer }) => answer !== null && 'result' in answer);
}
