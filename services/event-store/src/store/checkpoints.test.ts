import { generateKeyPairSync } from 'node:crypto';
import { createVirtualClock } from '@fanfare/core';
import { createCheckpointSigner, openEventLog, type EventLog } from '@fanfare/storage';
import { happened } from '../../test/log-in-file';
import { createCheckpoints } from './checkpoints';

const newSigner = () =>
  createCheckpointSigner(
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );

describe('checkpoints', () => {
  const clock = createVirtualClock();
  const onFailure = () => undefined;
  let log: EventLog;

  const open = async (canSign = true) => {
    log = await openEventLog('sqlite::memory:', { clock, signer: canSign ? newSigner() : undefined });
    return createCheckpoints({ log, clock, canSign, onFailure });
  };
  const record = () =>
    log.append({ appends: [{ stream: null, expected: 'any', events: [happened('my.own')] }] });

  afterEach(() => log.close());

  it('are signed only when something came since the last one', async () => {
    const { sign } = await open();
    expect(await sign()).toBeNull();
    await record();

    const first = await sign();
    expect(first).toMatchObject({ position: 1 });
    expect(await sign()).toEqual(first);
    await record();
    expect(await sign()).toMatchObject({ position: 2 });
    expect(await log.readCheckpoints(10)).toHaveLength(2);
  });

  it('are not signed about what does not follow from the one before', async () => {
    await open();
    await record();
    const broken = { valid: false, checked: 0, erased: 0, headPosition: 0, headHash: '' };
    const { sign } = createCheckpoints({
      log: { ...log, verify: () => Promise.resolve(broken) },
      clock,
      onFailure,
      canSign: true,
    });

    expect(await sign()).toBeNull();
    expect(await log.readCheckpoints(1)).toEqual([]);
  });

  it('need a key', async () => {
    const { sign } = await open(false);
    await record();

    expect(await sign()).toBeNull();
  });

  it('are signed now and then', async () => {
    const { worker } = await open();
    await record();
    const stop = new AbortController();
    const working = worker.run(stop.signal);
    await clock.advance(1);
    await record();
    await clock.advance(3_600_000);

    expect((await log.readCheckpoints(10)).map(({ position }) => position)).toEqual([2, 1]);
    stop.abort();
    await working;
  });
});
