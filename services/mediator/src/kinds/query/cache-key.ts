import { createHash } from 'node:crypto';
import { canonicalise } from '@fanfare/storage';
import type { NewMessage } from '../../messages/message';

/** Equal for queries that ask the same of the same recipients. */
export function cacheKeyOf({
  type,
  body,
  recipientIds,
  isBroadcast,
}: Pick<NewMessage, 'type' | 'body' | 'recipientIds' | 'isBroadcast'>): string {
  const question = canonicalise({ type, body, recipientIds, isBroadcast });
  return createHash('sha256').update(question).digest('base64url');
}
