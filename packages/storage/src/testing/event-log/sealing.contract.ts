import type { EventLog } from '../../event-log/event-log';
import { idsOf, readAll, sampleEvent, toNoStream, toStream } from './samples';
import { newKey, sealerOf } from './sealers';
import type { EventLogUnderTest } from './under-test';
import type { TestEventLogs } from './use-event-logs';

const address = 'ada.lovelace@example.com';
const personal = { subject: 'u-1', data: { email: address } };
const binary = { data: new Uint8Array(Buffer.from(address)) };

export function describeSealing(
  { open, reopen, url }: TestEventLogs,
  { readStored, tamper }: EventLogUnderTest,
): void {
  const [older, newer] = [newKey('older'), newKey('newer')];
  let log: EventLog;

  beforeEach(async () => {
    log = await open({ sealer: sealerOf(older) });
    await log.append(toStream('u-1', 'none', ['e-1', 'e-2'], personal));
    await log.append(toNoStream(['e-3'], binary));
  });

  it('keeps no data that can be read without the key, and gives back what was appended', async () => {
    const stored = await readStored(url());

    const readable = [address, Buffer.from(address).toString('base64')];
    expect(readable.filter((text) => stored.includes(text))).toEqual([]);
    expect((await readAll(log)).map(({ event }) => event)).toEqual([
      sampleEvent('e-1', personal),
      sampleEvent('e-2', personal),
      sampleEvent('e-3', binary),
    ]);
    expect((await log.append(toStream('u-1', 'none', ['e-1'], personal))).events).toMatchObject([
      { position: 1, isRepeated: true },
    ]);
  });

  it('seals with the first key, and reads what older ones have sealed or nobody has', async () => {
    const plain = await reopen({ sealer: sealerOf() });
    await plain.append(toNoStream(['plain']));

    const rotated = await reopen({ sealer: sealerOf(newer, older) });
    await rotated.append(toNoStream(['e-5'], personal));

    expect(idsOf(await readAll(rotated))).toEqual(['e-1', 'e-2', 'e-3', 'plain', 'e-5']);
    expect(await rotated.verify()).toMatchObject({ valid: true, checked: 5 });
    expect((await readStored(url())).includes('sealed:newer:')).toBe(true);
  });

  it('does not take forged data for sealed because it looks like that', async () => {
    const plain = await reopen({ sealer: sealerOf() });
    await plain.append(toNoStream(['plain']));

    await tamper(url(), (tampering) => tampering.changeData(4, 'sealed:unknown:AAAA'));

    expect(await plain.verify()).toMatchObject({ valid: false, firstInvalidPosition: 4 });
  });

  it('names the key that is missing, and reads the rest', async () => {
    const rotated = await reopen({ sealer: sealerOf(newer) });
    await rotated.append(toNoStream(['e-4'], personal));

    const missing = {
      code: 'unavailable',
      message: expect.stringContaining('event 2 is sealed with older') as string,
    };
    await expect(rotated.findEvent('e-2')).rejects.toMatchObject(missing);
    expect((await rotated.read({ position: 3, limit: 10 })).events).toMatchObject([
      { event: { id: 'e-4', data: personal.data } },
    ]);
    expect(await rotated.findStream('u-1')).toMatchObject({ version: 1 });
  });

  it('verifies without the key that the chain is whole, and tells how much it could not look into', async () => {
    const { headHash } = await log.verify();
    const blind = await reopen({ sealer: sealerOf(newer) });

    expect(await blind.verify()).toEqual({
      valid: true,
      checked: 3,
      erased: 0,
      unopened: 3,
      firstUnopenedPosition: 1,
      headPosition: 3,
      headHash,
    });
    await tamper(url(), (tampering) => tampering.changeAttributes(3));
    expect(await blind.verify()).toMatchObject({ valid: false, firstInvalidPosition: 3 });
  });

  it('tells data that says it is sealed with an unknown key from data that it could look into', async () => {
    await tamper(url(), (tampering) => tampering.changeData(2, 'sealed:unknown:AAAA'));

    expect(await log.verify()).toMatchObject({ checked: 3, unopened: 1, firstUnopenedPosition: 2 });
  });

  it('erases without the key', async () => {
    const blind = await reopen({ sealer: sealerOf(newer) });

    expect(await blind.erase({ subject: 'u-1' })).toBe(2);

    const rotated = await reopen({ sealer: sealerOf(newer, older) });
    expect((await readAll(rotated)).map(({ isErased }) => isErased)).toEqual([true, true, false, false]);
    expect(await rotated.verify()).toMatchObject({ valid: true, erased: 2 });
  });

  it('refuses to give out data that was moved to another event', async () => {
    await tamper(url(), (tampering) => tampering.swapEvents(1, 2));

    await expect(log.findEvent('e-1')).rejects.toMatchObject({ code: 'internal' });
    expect(await log.verify()).toMatchObject({ valid: false, firstInvalidPosition: 1 });
  });

  it('keeps deletions of streams', async () => {
    await log.deleteStream('u-1');

    expect(await (await reopen({ sealer: sealerOf(older) })).readStream('u-1')).toEqual([]);
  });

  it('takes a request of 9 MiB, which is larger once it is sealed, and refuses a larger one', async () => {
    const ofSize = (bytes: number) => ({ data: 'x'.repeat(bytes) });

    await log.append(toNoStream(['large'], ofSize(9 * 1024 * 1024 - 1_000)));

    expect((await log.findEvent('large'))?.event.data).toHaveLength(9 * 1024 * 1024 - 1_000);
    await expect(log.append(toNoStream(['larger'], ofSize(9 * 1024 * 1024)))).rejects.toMatchObject({
      code: 'invalid',
    });
  });
}
