import type { MediatorKind } from './mediator';

/** The tables of mediators and their colleagues; see `migrations/0001-mediators.sql`. Times are milliseconds since 1970. */
export type MediatorTables = {
  mediators: {
    mediator_key: number;
    name: string;
    kind: MediatorKind;
    description: string | null;
    /** JSON. */
    metadata: string | null;
    revision: string;
    registrations: number;
    created_at: number;
    updated_at: number;
  };
  colleagues: {
    mediator_key: number;
    id: string;
    number: number;
    /** JSON. */
    settings: string;
    has_endpoint: number;
    is_enabled: number;
    last_activity: number;
    request_hash: string;
  };
  mediator_counters: { name: 'keys' | 'mediators' | 'colleagues'; counted: number };
};

export type MediatorRow = MediatorTables['mediators'];
export type ColleagueRow = MediatorTables['colleagues'];
