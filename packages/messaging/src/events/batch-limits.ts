/** A row of the log holds, and a message carries, at most this much. */
export const maxEventsPerRow = 128;
export const maxRowLength = 256 * 1024;
