import { HttpProblem, type Caller } from '@fanfare/service-kit';

/** Throws 403 for a token that is bound to another colleague than the one that acts (contract §1, "Roles"). */
export function requireSelf({ colleague }: Caller, mediator: string, colleagueId: string): void {
  if (colleague === undefined || colleague === `${mediator}/${colleagueId}`) return;
  throw new HttpProblem(403, `the token is bound to the colleague ${colleague}`);
}

/** The same where no colleague acts. */
export function requireNoColleague({ colleague }: Caller): void {
  if (colleague === undefined) return;
  throw new HttpProblem(
    403,
    `the token is bound to the colleague ${colleague}, which has a mailbox and no more`,
  );
}
