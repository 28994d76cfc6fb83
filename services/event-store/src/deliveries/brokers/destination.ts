import type { CloudEvent } from '@fanfare/cloudevents';

/** A place at a message broker. */
export interface Destination {
  /**
   * Puts events there; resolves when the broker has them safely, with why it has not for each, or null. Those of one subject
   * lie there in the order of the calls and of the events: none whose predecessor in the call failed is put there.
   */
  put(events: readonly CloudEvent[]): Promise<readonly (Error | null)[]>;
  /** Waits a few seconds for what is under way. Idempotent. */
  close(): Promise<void>;
}
