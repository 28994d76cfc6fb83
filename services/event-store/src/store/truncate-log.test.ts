import { openEventLog, type EventLog } from '@fanfare/storage';
import { happened } from '../../test/log-in-file';
import { createTruncateLog } from './truncate-log';

describe('truncating the log', () => {
  const later = new Date('2999-01-01T00:00:00Z');
  let log: EventLog;
  let steps: number[];

  beforeEach(async () => {
    steps = [];
    log = await openEventLog('sqlite::memory:');
    for (let commit = 0; commit < 5; commit += 1) await record(4_000);
    await record(1);
  });

  afterEach(() => log.close());

  async function record(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => happened('my.own'));
    await log.append({ appends: [{ stream: null, expected: 'any', events }] });
  }

  const firstPosition = async () => (await log.readChain(1, 1))[0]?.position;

  const truncateLog = (uncountBefore: (position: number) => Promise<void> = () => Promise.resolve()) =>
    createTruncateLog({
      log,
      snapshotBeforeTruncation: async (position) => steps.push(position),
      uncountBefore,
    })(later);

  it('goes step by step, between which the log is whole and taken care of for what goes next', async () => {
    const begins: unknown[] = [];
    const truncation = await truncateLog(async () => {
      begins.push(await firstPosition());
      expect(await log.verify()).toMatchObject({ valid: true, headPosition: 20_001 });
    });

    expect(truncation).toEqual({ deletedEvents: 20_000, anchorPosition: 20_000 });
    expect(steps).toEqual([8_001, 16_001, 20_001]);
    expect(begins).toEqual([1, 8_001, 16_001]);
  });

  it('that was cut short is finished by the next attempt, which repeats no step', async () => {
    const cutShort = truncateLog((position) =>
      position > 8_001 ? Promise.reject(new Error('killed')) : Promise.resolve(),
    );
    await expect(cutShort).rejects.toThrow('killed');
    expect(await firstPosition()).toBe(8_001);

    expect(await truncateLog()).toEqual({ deletedEvents: 12_000, anchorPosition: 20_000 });
    expect(steps).toEqual([8_001, 16_001, 16_001, 20_001]);
    expect(await log.verify()).toMatchObject({ valid: true, checked: 1, headPosition: 20_001 });
  });

  it('ends where another went further meanwhile', async () => {
    let isFirst = true;
    const truncation = await truncateLog(async () => {
      if (isFirst) await log.truncate(20_001);
      isFirst = false;
    });

    expect(truncation).toEqual({ deletedEvents: 0, anchorPosition: 20_000 });
  });
});
