import type { CloudEvent } from '@fanfare/cloudevents';
import type { LogEvent } from '@fanfare/storage';

/** An event at a place in the log, of a subject of its own unless told otherwise. */
export function loggedEvent(position: number, parts: Partial<CloudEvent> = {}): LogEvent {
  const id = `e-${position}`;
  return {
    position,
    stream: null,
    version: null,
    isErased: false,
    recordedAt: new Date(0),
    event: { specversion: '1.0', id, type: 'custom', source: '/t', subject: id, data: {}, ...parts },
  };
}
