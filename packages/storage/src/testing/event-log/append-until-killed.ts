import { createSystemClock } from '@fanfare/core';
import { openEventLog } from '../../open-event-log';
import { toStream } from './samples';

/** Appends to the log of the URL in the arguments and prints each id whose append was answered. */
async function appendUntilKilled(url: string, writer: string): Promise<void> {
  const log = await openEventLog(url, { clock: createSystemClock() });
  await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (stream) => {
      for (let count = 0; ; count += 1) {
        const ids = [`${writer}-${stream}-${count}`, `${writer}-${stream}-${count}+`];
        await log.append(toStream(`${writer}-${stream}`, 'any', ids));
        process.stdout.write(`${ids.join('\n')}\n`);
      }
    }),
  );
}

const [url = '', writer = ''] = process.argv.slice(2);
void appendUntilKilled(url, writer);
