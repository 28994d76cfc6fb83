/** What happens around the log, for those who watch. In the words of the frames that WebSocket clients get. */
export type Signal =
  | {
      readonly type: 'event.processed';
      readonly position: number;
      readonly event_id: string;
      readonly observers: readonly string[];
    }
  | {
      readonly type: 'event.failed';
      readonly position: number;
      readonly event_id: string;
      readonly observer_id: string;
      readonly reason: string;
      readonly attempt: number;
    }
  | {
      readonly type:
        'observer.subscribed' | 'observer.unsubscribed' | 'observer.enabled' | 'observer.disabled';
      readonly observer_id: string;
      readonly event_type?: string;
    };

/** Carries signals to whoever listens in this process; nobody else hears of them, and none is kept. */
export interface Signals {
  emit(signal: Signal): void;
  /** Returns what ends the listening. */
  listen(listener: (signal: Signal) => void): () => void;
}

export function createSignals(): Signals {
  const listeners = new Set<(signal: Signal) => void>();
  return {
    emit(signal) {
      for (const listener of listeners) listener(signal);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
