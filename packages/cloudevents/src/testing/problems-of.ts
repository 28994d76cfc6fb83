import { InvalidEventError, type EventProblem } from '../event/validate-event';

/** The problems that `action` is refused for; throws when it is not refused. */
export function problemsOf(action: () => unknown): readonly EventProblem[] {
  try {
    action();
  } catch (error) {
    if (error instanceof InvalidEventError) return error.problems;
    throw error;
  }
  throw new Error('nothing was refused');
}
