/** Another member has got ahead: what was planned with what the database said before must be planned again. */
export class Overtaken extends Error {
  override readonly name: string = 'Overtaken';
}

/** Someone else has moved the cursor meanwhile. */
export class CursorMoved extends Overtaken {
  override readonly name = 'CursorMoved';

  constructor({ group, topic, partition }: CursorKey, from: number) {
    super(`the cursor of ${group} in ${topic}/${partition} is not at ${from}`);
  }
}

/** Where a group's events of one partition come from. */
export interface CursorKey {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
}

/** A group's last applied sequence in one partition of a topic. */
export interface Cursor {
  /** Where it is; 0 when the group is new. */
  load(): Promise<number>;
  /** Counts events that the bus did not deliver and the feed did. */
  countFilledGap(events: number): Promise<void>;
  /** Passes over events that the owner's log no longer holds, and keeps a record of them. */
  skipLost(from: number, to: number): Promise<void>;
}

/** From the last sequence that was applied to the one that then will be; the same when only foreign events are applied. */
export interface CursorMove {
  readonly from: number;
  readonly to: number;
}
