import { refuse } from '../problems';
import type { MediatorEntry } from './directory';
import type { MediatorKind } from './mediator';

/** Throws `wrong-kind` unless the mediator is of that kind. */
export function requireKind({ mediator }: MediatorEntry, kind: MediatorKind): void {
  if (mediator.kind === kind) return;
  throw refuse('wrong-kind', `mediator ${mediator.name} is of kind ${mediator.kind}, not ${kind}`);
}

/** Throws `colleague-not-found` unless the colleague is registered with the mediator. */
export function requireColleague({ mediator, colleagues }: MediatorEntry, id: string): void {
  if (colleagues.has(id)) return;
  throw refuse('colleague-not-found', `mediator ${mediator.name} has no colleague ${id}`);
}
