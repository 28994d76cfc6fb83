import type { SealedColumns } from '@fanfare/storage';

/**
 * What holds data of events, or secrets of observers, in the tables of this service. Not the texts of errors, which people
 * search: receivers write them.
 */
export const sealedColumns: SealedColumns = {
  snapshots: ['state', 'metadata'],
  observers: ['definition'],
  observer_failures: ['edited_data'],
  replays: ['request'],
  replay_differences: ['difference'],
  // of events that could not be recorded yet
  parked_events: ['body'],
};
