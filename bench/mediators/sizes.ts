/** How much is measured. */
export interface Sizes {
  readonly mailsPerTaker: number;
  /** Each a measurement: how many colleagues hear what is broadcast. */
  readonly audiences: readonly number[];
  readonly messagesPerEndpoint: number;
  readonly runs: number;
  /** Due in an hour. */
  readonly pendingTimers: number;
  readonly firedTimers: number;
  /** From setting the first of those that fire to the moment when it is due. */
  readonly leadMs: number;
}

export const fullSizes: Sizes = {
  mailsPerTaker: 100,
  audiences: [10, 100, 1_000],
  messagesPerEndpoint: 30,
  runs: 40,
  pendingTimers: 100_000,
  firedTimers: 100,
  leadMs: 3_000,
};
