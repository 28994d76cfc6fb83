import { erasedIdentifier } from '@fanfare/contracts';

/** Under these names the data of orders and of other programs says who somebody is. */
const names: ReadonlySet<string> = new Set(['customer_id', 'user_id']);

/** For `JSON.parse`: takes the id of a subject out of all that is said to be about it. */
export function erasePersonIn(subject: string): (name: string, value: unknown) => unknown {
  return (name, value) => (value === subject && names.has(name) ? erasedIdentifier : value);
}

/** For `JSON.parse`: takes everybody out. */
export function eraseEverybodyIn(name: string, value: unknown): unknown {
  return typeof value === 'string' && names.has(name) ? erasedIdentifier : value;
}

/** For `JSON.parse`: takes a person out, or everybody out of what is about the order, or other thing, that was erased. */
export function eraseSubjectIn(subject: string): (name: string, value: unknown) => unknown {
  const erasePerson = erasePersonIn(subject);
  return (name, value): unknown =>
    isAbout(value, subject) ? JSON.parse(JSON.stringify(value), eraseEverybodyIn) : erasePerson(name, value);
}

/** Whether it is an event with this subject, or the data of one. */
function isAbout(value: unknown, subject: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, child]) => child === subject && (name === 'order_id' || name === 'subject'),
  );
}

/** A JSON text without whom it was about. */
export function rewriteJson(text: string, rewrite: (name: string, value: unknown) => unknown): string {
  return JSON.stringify(JSON.parse(text, rewrite));
}
