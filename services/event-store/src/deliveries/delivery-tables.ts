import type { Breaker } from './breaker';

export type DeliveryTables = {
  observer_states: {
    observer_id: string;
    position: number;
    breaker_state: Exclude<Breaker['state'], 'half-open'>;
    failures: number;
    successes: number;
    last_failure_at: number | null;
    failing_since: number | null;
    next_attempt_at: number | null;
    last_delivery_at: number | null;
    attempts: number;
    failed_attempts: number;
    superseded: number;
    blocked: 'dependency' | null;
    owner: string;
    lease_until: number;
    fence: number;
  };
  observer_failures: {
    observer_id: string;
    position: number;
    id: string;
    event_id: string;
    event_type: string;
    order_key: string;
    state: 'retry' | 'waiting' | 'dead';
    attempts: number;
    next_attempt_at: number | null;
    failed_at: number | null;
    last_retry: number | null;
    error: string | null;
    edited_data: string | null;
  };
  observer_deliveries: {
    observer_id: string;
    sequence: number;
    position: number;
    event_id: string;
    event_type: string;
    order_key: string;
    status: 'delivered' | 'failed';
    status_code: number | null;
    attempt: number;
    duration_ms: number;
    attempted_at: number;
    error: string | null;
  };
  observer_handshakes: {
    observer_id: string;
    endpoint: string;
    token: string;
    granted_at: number | null;
    rate: number | null;
  };
  delivery_instances: { owner: string; seen_until: number };
  delivery_errors: { event_type: string; errors: number };
  delivery_times: {
    event_type: string;
    bucket: number;
    deliveries: number;
    total_ms: number;
    max_ms: number;
  };
};
