import { AppError } from '@fanfare/core';
import type { ExpectedVersion } from './event-log';

/** The version of a stream is not the expected one. */
export class VersionConflict extends AppError {
  override readonly name = 'VersionConflict';

  constructor(
    readonly streamId: string,
    readonly expected: ExpectedVersion,
    /** -1 when there is no such stream. */
    readonly currentVersion: number,
  ) {
    super('conflict', `stream ${streamId} is at version ${currentVersion}, not at ${expected}`);
  }
}

/** There is an event of this id already, and it is another one. */
export class IdReused extends AppError {
  override readonly name = 'IdReused';

  constructor(readonly eventId: string) {
    super('already_exists', `the id ${eventId} belongs to another event`);
  }
}

/** The stream was deleted for good. */
export class StreamDeleted extends AppError {
  override readonly name = 'StreamDeleted';

  constructor(readonly streamId: string) {
    super('conflict', `stream ${streamId} was deleted for good`);
  }
}
