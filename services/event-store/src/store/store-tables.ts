/** The tables of this part; see `migrations/0004-replays.sql`. Times are milliseconds since 1970. */
export type StoreTables = {
  log_counts: {
    generation: number;
    kind: 'event' | 'aggregate';
    type_hash: string;
    type: string;
    amount: number;
  };
  log_counts_state: {
    id: number;
    generation: number;
    position: number;
    counted_after: number;
    created_at: number;
    updated_at: number;
  };
};
