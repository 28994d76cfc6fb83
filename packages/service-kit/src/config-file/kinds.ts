import { z } from 'zod';
import { duration } from '../config/value-schemas';

/** Turns what a key of the file holds into the text of a variable; undefined sets none. */
export type Kind = z.ZodType<string | undefined>;

/** Passwords and names of digits are numbers in YAML. */
export const text: Kind = z
  .union([z.string(), z.number()], 'must be a text')
  .transform(String)
  .refine((value) => !/[\r\n]/.test(value), 'must be of one line');

export const flag: Kind = z.boolean('must be true or false').transform(String);

/** The greatest is the business of who reads the variable. */
export const wholeNumber: Kind = z
  .number('must be a whole number')
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .transform(String);

/** Without its unit a number could mean anything. */
const withUnit = z
  .string('must be a duration with its unit, like 30s, 5m or 24h')
  .regex(/^\d{1,12}(ms|s|m|h|d)$/, 'must be a duration with its unit, like 30s, 5m or 24h');

export const time: Kind = withUnit;

/** For variables that take bare milliseconds only. */
export const timeInMs: Kind = withUnit.pipe(duration()).transform(String);

export const list: Kind = z
  .array(
    z.string('must be a text').regex(/^[^,]*$/, 'must hold no comma'),
    'must be a list, like [a, b] or lines that begin with a dash',
  )
  .transform((items) => items.join(','));

/** A switch that does something when it is off, and nothing when it is on. */
export const whenOff = (value: string): Kind =>
  z.boolean('must be true or false').transform((isOn) => (isOn ? undefined : value));

/** A switch between two values. */
export const either = (on: string, off: string): Kind =>
  z.boolean('must be true or false').transform((isOn) => (isOn ? on : off));

/** One of some words, each with what it stands for. */
export const word = (meanings: Readonly<Record<string, string | undefined>>): Kind => {
  const words = Object.keys(meanings);
  return z.enum(words, `must be one of ${words.join(', ')}`).transform((found) => meanings[found]);
};

/** A title, as the name of a service: `Event Sourcing Service` becomes `event-sourcing-service`. */
export const title: Kind = z.string('must be a text').transform((value) =>
  value
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, ''),
);
