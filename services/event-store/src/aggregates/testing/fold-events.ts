import type { LogEvent } from '@fanfare/storage';
import type { Aggregate } from '../aggregate';
import { applyEvent } from '../fold';

export function foldEvents(events: readonly LogEvent[], from: Aggregate | null = null): Aggregate | null {
  return events.reduce<Aggregate | null>((aggregate, event) => applyEvent(aggregate, event), from);
}
