import type { NotificationState } from './notification';

/** The tables of this service; see `migrations/`. */
export type NotificationTables = {
  notifications: {
    id: string;
    /** What the event is known by, once for each channel; see `OrderEvent.identity`. */
    event_id: string;
    /** The event's id where that is another. */
    foreign_event_id: string | null;
    channel: string;
    order_id: string;
    customer_id: string | null;
    event_name: string;
    /** JSON. */
    event_data: string;
    correlation_id: string | null;
    traceparent: string | null;
    state: NotificationState;
    attempts: number;
    /** When it may be tried next; the end of its claim while someone sends it; null once it is sent or given up. */
    due_at: number | null;
    /** Token of whoever sends it. */
    claimed_by: string | null;
    created_at: number;
    sent_at: number | null;
    reason: string | null;
  };
};
