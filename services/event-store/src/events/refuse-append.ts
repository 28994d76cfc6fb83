import { HttpProblem } from '@fanfare/service-kit';
import { IdReused, StreamDeleted, VersionConflict, type EventLog } from '@fanfare/storage';
import { LimitReached } from './event-limits';
import { DataTooLarge } from './event-writer';

/**
 * Throws what an append failed with as the problem that the client is told. `sentVersion` is the version as it was sent,
 * where that is another than the one that the log was told to expect.
 */
export type RefuseAppend = (error: unknown, sentVersion?: number) => Promise<never>;

const maxMissedEvents = 100;

/** For the routes that append: `writer.append(…).catch(refuseAppend)`. */
export function createRefuseAppend(log: Pick<EventLog, 'readStream'>): RefuseAppend {
  async function toVersionProblem(conflict: VersionConflict, sentVersion?: number): Promise<HttpProblem> {
    const { streamId, expected, currentVersion, message } = conflict;
    const from = typeof expected === 'number' ? expected + 1 : 0;
    const missed = await log.readStream(streamId, { from, limit: maxMissedEvents });
    return new HttpProblem(409, message, {
      code: 'version-conflict',
      members: {
        aggregate_id: streamId,
        expected_version: sentVersion ?? expected,
        current_version: currentVersion,
        events_since: missed.map(({ event }) => event.id),
      },
    });
  }

  return async function refuseAppend(error, sentVersion) {
    if (error instanceof VersionConflict) throw await toVersionProblem(error, sentVersion);
    if (error instanceof IdReused) throw new HttpProblem(409, error.message, { code: 'id-reused' });
    if (error instanceof StreamDeleted) throw new HttpProblem(409, error.message, { code: 'stream-deleted' });
    if (error instanceof DataTooLarge) throw new HttpProblem(413, error.message);
    if (error instanceof LimitReached) {
      const { limit, max, message } = error;
      throw new HttpProblem(409, message, { code: 'limit-reached', members: { limit, max } });
    }
    throw error;
  };
}
