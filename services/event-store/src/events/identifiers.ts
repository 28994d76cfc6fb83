import { z } from 'zod';

/** What stands where an id may stand in paths of the service, and what URLs take for something else. */
const routeWords: ReadonlySet<string> = new Set([
  'aggregate',
  'aggregate-type',
  'append',
  'latest',
  'old',
  'publish',
  'range',
  'stream',
  'type',
  '.',
  '..',
]);

const printable = /^(?! )[ -"$&-.0->@-~]{1,255}(?<! )$/;

/** Whether a text can be the id of an event, an aggregate, an observer. */
export function isIdentifier(text: string): boolean {
  return printable.test(text) && !routeWords.has(text);
}

export const identifierRule =
  'must be 1 to 255 printable ASCII characters without / ? # % and spaces around, and no word of a path';

/** An id that someone gives to a thing of the service. */
export const identifier = z.string().refine(isIdentifier, identifierRule);
