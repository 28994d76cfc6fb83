import { describeOnEveryDatabase } from '@fanfare/storage/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openMailboxes } from './testing/open-mailboxes';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

describeOnEveryDatabase('the mailboxes of a thousand colleagues', (openDatabase) => {
  it('are rows: ten times as many unread messages take no more memory', async () => {
    const colleagues = Array.from({ length: 1_000 }, (_, index) => `c-${index}`);
    const mail = await openMailboxes(await openDatabase(), { colleagues });
    const sendToAll = async (from: number, to: number) => {
      for (let id = from; id < to; id += 1) {
        await mail.send({ id: `all-${id}`, recipientIds: colleagues, isBroadcast: true });
      }
    };
    await sendToAll(0, 5);
    const before = heapInUse();

    await sendToAll(5, 50);

    const bytesPerMessage = (heapInUse() - before) / (45 * colleagues.length);
    expect(bytesPerMessage).toBeLessThan(50);
    expect(await mail.take({ colleagueId: 'c-999', limit: 100 })).toHaveLength(50);
  });
});
