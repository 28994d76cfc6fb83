import type { EventLog } from '../../event-log/event-log';
import { idsOf, readAll, sampleEvent, toNoStream } from './samples';
import { newKey, sealerOf } from './sealers';
import type { EventLogUnderTest } from './under-test';
import type { TestEventLogs } from './use-event-logs';

const personal = { subject: 'u-1', data: { name: 'Ada' } };
const removed = { valid: false, reason: 'the data was removed, and no erasure tells of it' };
const toldBefore = 'com.example.subject.erased.v1';

export function describeErasureRecords(
  { open, reopen, url }: TestEventLogs,
  { tamper }: EventLogUnderTest,
): void {
  let log: EventLog;

  beforeEach(async () => {
    log = await open();
    await log.append(toNoStream(['e-1', 'e-2'], personal));
    await log.append(toNoStream(['e-3']));
  });

  const removeData = (...positions: readonly number[]) =>
    tamper(url(), async (tampering) => {
      for (const position of positions) await tampering.removeData(position);
    });
  const tellElsewhere = (id: string, subject: string) =>
    log.append(toNoStream([id], { type: toldBefore, subject: id, data: { subject } }));

  it('tells data that somebody removed from data that was erased', async () => {
    await log.erase({ subject: 'u-1' });
    await removeData(3);

    expect(await log.verify()).toMatchObject({
      ...removed,
      checked: 4,
      erased: 3,
      unexplained: 1,
      firstInvalidPosition: 3,
      headPosition: 4,
    });
    expect(await log.verify({ to: 2 })).toMatchObject({ valid: true, erased: 2 });
  });

  it('explains no event that came after the erasure', async () => {
    await log.erase({ subject: 'u-1' });
    await log.append(toNoStream(['e-5'], personal));
    await removeData(5);

    expect(await log.verify()).toMatchObject({ ...removed, unexplained: 1, firstInvalidPosition: 5 });
  });

  it('explains what an erasure that was cut short has erased', async () => {
    const cutShort = await reopen({
      wrap: (store) => ({
        ...store,
        async erase(positions) {
          await store.erase(positions.slice(0, 1));
          throw new Error('cut short');
        },
      }),
    });
    await expect(cutShort.erase({ subject: 'u-1' })).rejects.toThrow('cut short');

    expect(await log.verify()).toMatchObject({ valid: true, erased: 1 });
    expect(await log.erase({ subject: 'u-1' })).toBe(1);
    expect(await log.verify()).toMatchObject({ valid: true, erased: 2 });
  });

  it('explains by its place in the chain what came too late to be kept, also when all before it is truncated', async () => {
    const late = { ...toNoStream(['late'], personal), erased: new Set(['late']) };
    await log.append(late);
    await log.append(toNoStream(['e-5']));
    await log.truncate(4);

    expect(idsOf(await readAll(log))).toEqual(['late', 'e-5']);
    expect(await log.verify()).toMatchObject({ valid: true, erased: 1 });
  });

  it('goes by other events too that tell of erasures', async () => {
    await removeData(1, 2, 3);
    await tellElsewhere('e-4', 'u-1');
    await tellElsewhere('e-5', 'thing-1');

    const reader = await reopen({ erasureTypes: [toldBefore] });
    expect(await reader.verify()).toMatchObject({ valid: true, erased: 3 });
    expect(await log.verify()).toMatchObject({ ...removed, unexplained: 3, firstInvalidPosition: 1 });
  });

  it('goes by no event that is not what was appended', async () => {
    await removeData(3);
    await tellElsewhere('e-4', 'u-2');
    await tamper(url(), (tampering) => tampering.changeData(4, '{"subject":"thing-1"}'));

    const reader = await reopen({ erasureTypes: [toldBefore] });
    expect(await reader.verify({ to: 3 })).toMatchObject({ ...removed, firstInvalidPosition: 3 });
  });

  it('cannot tell where the erasure is sealed with a key that is not there', async () => {
    const [older, newer] = [newKey('older'), newKey('newer')];
    await (await reopen({ sealer: sealerOf(older) })).erase({ subject: 'u-1' });

    const blind = await reopen({ sealer: sealerOf(newer) });
    expect(await blind.verify({ to: 2 })).toMatchObject({
      valid: true,
      erased: 2,
      unopened: 2,
      firstUnopenedPosition: 1,
    });
    expect(await (await reopen({ sealer: sealerOf(older) })).verify()).toMatchObject({ valid: true });
  });

  it('goes on erasing what was appended behind the first record of it', async () => {
    let hasAppended = false;
    const overtaken = await reopen({
      wrap: (store) => ({
        ...store,
        async readEvents(filter, place) {
          const events = await store.readEvents(filter, place);
          if (filter.subject === undefined || hasAppended) return events;
          hasAppended = true;
          const more = Array.from({ length: 100 }, (_, index) => sampleEvent(`more-${index}`, personal));
          await log.append({ appends: [{ stream: null, expected: 'any', events: more }] });
          return store.readEvents(filter, place);
        },
      }),
    });

    expect(await overtaken.erase({ subject: 'u-1' })).toBe(102);
    expect(await log.verify()).toMatchObject({ valid: true, erased: 102 });
  });
}
