import type { KafkaMessage } from 'kafkajs';
import { beMember, type MemberOptions } from './member';

/** A record of a topic to which others write. */
export interface IncomingRecord {
  readonly partition: number;
  /** Its place in the partition. */
  readonly offset: string;
  readonly value: Buffer | null;
  readonly headers: KafkaMessage['headers'];
}

export type FollowRecordsOptions = Omit<MemberOptions<IncomingRecord>, 'read' | 'partitions' | 'prefetch'>;

/** Few: what was handled is committed piece by piece, and after a crash a piece comes again. */
const prefetch = 16;

/**
 * Is a member of a consumer group of a topic that is not the bus's until `signal` aborts: every record comes at least
 * once to the group, those of a partition in their order. A missing topic is made; a new group begins with the oldest.
 */
export function followRecords(options: FollowRecordsOptions): Promise<void> {
  return beMember({ ...options, prefetch, read: toIncoming });
}

function toIncoming({ offset, value, headers }: KafkaMessage, partition: number): IncomingRecord {
  return { partition, offset, value, headers };
}
