import { reply, type Reply } from '@fanfare/service-kit';

/**
 * The answer to whoever makes an object (contract §1, "Create"): 201 and where it is, by the segments of its path behind
 * `/mediators`; or 200 when the same call had made it before.
 */
export function madeReply(body: unknown, isReplayed: boolean, path: readonly string[]): Reply {
  if (isReplayed) return reply(200, body, { 'idempotency-replayed': 'true' });
  return reply(201, body, { location: `/api/v1/mediators/${path.map(encodeURIComponent).join('/')}` });
}
