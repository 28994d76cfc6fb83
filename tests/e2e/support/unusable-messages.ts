import { watchLetters, type WholeLetter } from './dead-letters';
import type { ForeignProducer } from './foreign-producer';
import { groups } from './system';

/** What became of an unusable message in one group. */
export interface GivenUp {
  readonly group: string;
  readonly url: string;
  readonly letter: WholeLetter;
}

/** Sends messages that no group can use, and waits until each group has given up each of them. */
export async function sendUnusable(
  producer: ForeignProducer,
  ...messages: readonly (string | Buffer)[]
): Promise<GivenUp[]> {
  const watches = await Promise.all(
    groups.map(async ([group, url]) => ({ group, url, watch: await watchLetters(url) })),
  );
  for (const message of messages) await producer.publish(message);
  const givenUp: GivenUp[] = [];
  for (const { watch, ...where } of watches) {
    for (const message of messages) {
      const letter = await watch.find((candidate) => holds(candidate, Buffer.from(message)));
      givenUp.push({ ...where, letter });
    }
  }
  return givenUp;
}

function holds({ event, body_base64 }: WholeLetter, bytes: Buffer): boolean {
  return body_base64 === undefined
    ? JSON.stringify(event) === bytes.toString()
    : bytes.equals(Buffer.from(body_base64, 'base64'));
}
