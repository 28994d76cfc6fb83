import { refuse } from '../problems';

/** The answer to whoever names a mediator that is not there. */
export function noSuchMediator(name: string) {
  return refuse('mediator-not-found', `there is no mediator ${name}`);
}

/** The answer to whoever names a colleague that is not there. */
export function noSuchColleague(mediator: string, id: string) {
  return refuse('colleague-not-found', `mediator ${mediator} has no colleague ${id}`);
}
