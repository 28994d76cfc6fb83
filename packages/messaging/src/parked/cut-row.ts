import { createHash } from 'node:crypto';
import type { MessagingTables } from '../messaging-tables';

type ParkedRow = MessagingTables['parked_events'];

/** For people to read, and less than a column of text holds. */
const maxReasonLength = 4_000;
const maxContentTypeLength = 256;
/**
 * Far more than our own events have, and yet, sealed and written in hexadecimal digits, less than a statement of MySQL may
 * hold: 16 MiB where nobody has set `max_allowed_packet`.
 */
const maxBodyLength = 4 * 1024 * 1024;

/** A row that every database takes: a message that could not be kept would be tried for ever, and stop its partition. */
export function cutRow(row: ParkedRow): ParkedRow {
  const { reason, content_type: contentType, ...kept } = row.body.length > maxBodyLength ? cutBody(row) : row;
  return { ...kept, content_type: contentType.slice(0, maxContentTypeLength), reason: cutReason(reason) };
}

export function cutReason(reason: string): string {
  return reason.length > maxReasonLength ? `${reason.slice(0, maxReasonLength)} …` : reason;
}

/** Its beginning can no more be applied, however readable the whole was: a dead letter that says what is missing. */
function cutBody({ body, reason, ...row }: ParkedRow): ParkedRow {
  const hash = createHash('sha256').update(body).digest('hex');
  const kept = `only the first ${maxBodyLength} of its ${body.length} bytes are kept (SHA-256 of all: ${hash})`;
  return {
    ...row,
    body: body.subarray(0, maxBodyLength),
    state: 'dead',
    next_attempt_at: null,
    reason: `${kept}: ${reason}`,
  };
}
