import { eventually, type EventuallyOptions } from '@fanfare/core/testing';
import { z } from 'zod';
import { read, send } from './http';

const letterSchema = z.strictObject({
  id: z.string(),
  group: z.string(),
  topic: z.string(),
  partition: z.int(),
  sequence: z.int().nullable(),
  event_id: z.string().nullable(),
  event_type: z.string().nullable(),
  key: z.string().nullable(),
  state: z.enum(['parked', 'dead']),
  attempts: z.int(),
  next_attempt_at: z.iso.datetime().nullable(),
  reason: z.string().min(1),
  failed_at: z.iso.datetime(),
});
export type Letter = z.infer<typeof letterSchema>;

const wholeLetterSchema = letterSchema.extend({
  content_type: z.string(),
  event: z.unknown().optional(),
  body_base64: z.string().optional(),
});
export type WholeLetter = z.infer<typeof wholeLetterSchema>;

/** The failed events of one service that came after the watch began. */
export interface LetterWatch {
  /** Waits for the one that is wanted, in either state. */
  find(isWanted: (letter: WholeLetter) => boolean, options?: EventuallyOptions): Promise<WholeLetter>;
}

export async function watchLetters(url: string): Promise<LetterWatch> {
  const known = new Set((await readAllLetters(url)).map(({ id }) => id));

  return {
    find: (isWanted, options) =>
      eventually(async () => {
        for (const { id } of await readAllLetters(url)) {
          if (known.has(id)) continue;
          const letter = await readLetter(url, id);
          if (letter && isWanted(letter)) return letter;
        }
        throw new Error(`no such dead letter at ${url}`);
      }, options),
  };
}

/** All dead letters and parked events of a service. */
export async function readAllLetters(url: string): Promise<Letter[]> {
  const letters: Letter[] = [];
  for (const state of ['parked', 'dead']) {
    for (let offset = 0, isLast = false; !isLast; offset += 1000) {
      const query = `state=${state}&limit=1000&offset=${offset}`;
      const page = await read(`${url}/dead-letters?${query}`, z.array(letterSchema));
      letters.push(...page);
      isLast = page.length < 1000;
    }
  }
  return letters;
}

/** The letter with what it holds, or null when it is gone. */
export async function readLetter(url: string, id: string): Promise<WholeLetter | null> {
  const { status, text, body } = await send(`${url}/dead-letters/${id}`);
  if (status === 404) return null;
  if (status !== 200) throw new Error(`GET of dead letter ${id} answered ${status}: ${text}`);
  return wholeLetterSchema.parse(body);
}

/** Removes a dead letter and asserts that it is gone. */
export async function dropLetter(url: string, id: string): Promise<void> {
  const { status, body } = await send(`${url}/dead-letters/${id}`, { method: 'DELETE' });
  expect([status, body]).toEqual([200, { dropped: 1 }]);
  expect(await readLetter(url, id)).toBeNull();
}
