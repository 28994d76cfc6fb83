import { refuse } from '../problems';
import type { Colleague } from './colleague';
import type { MediatorEntry } from './directory';
import type { MediatorKind } from './mediator';
import { noSuchColleague } from './not-found';

/** Throws `wrong-kind` unless the mediator is of that kind. */
export function requireKind({ mediator }: Pick<MediatorEntry, 'mediator'>, kind: MediatorKind): void {
  if (mediator.kind === kind) return;
  throw refuse('wrong-kind', `mediator ${mediator.name} is of kind ${mediator.kind}, not ${kind}`);
}

/** The colleague of that id. Throws `colleague-not-found` unless it is registered with the mediator. */
export function requireColleague({ mediator, colleagues }: MediatorEntry, id: string): Colleague {
  const colleague = colleagues.get(id);
  if (!colleague) throw noSuchColleague(mediator.name, id);
  return colleague;
}
