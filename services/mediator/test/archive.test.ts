import { createVirtualClock, type VirtualClock } from '@fanfare/core';
import { eventually } from '@fanfare/core/testing';
import { openArchive, type Archive } from '@fanfare/storage';
import { describeOnEveryArchive } from '@fanfare/storage/testing';
import { actAs } from './act-as';
import { hostMediator, type MediatorForTest } from './host-mediator';

const retention = { RETENTION: '20s' };

async function sendAndEnd(service: MediatorForTest): Promise<void> {
  await service.begin({ name: 'm' }, 'a', 'b');
  await actAs(service, 'm', 'a').send({ id: 'one', recipient_id: 'b', message: { $set: 'x', 'a.b': 1 } });
  await actAs(service, 'm', 'b').take();
  expect(await actAs(service, 'm', 'b').ack('one')).toMatchObject({ status: 200 });
}

/** Lets the time pass after which what has ended is deleted; the real archive takes its own time. */
function untilGone(service: MediatorForTest, clock: VirtualClock, path: string): Promise<void> {
  return eventually(async () => {
    await clock.advance(20_000);
    expect(await service.get(path)).toMatchObject({ status: 404 });
  });
}

describeOnEveryArchive('what has ended, where there is an archive,', (underTest) => {
  const clock = createVirtualClock();
  let service: MediatorForTest;
  let archive: Archive;

  beforeEach(async () => {
    const url = await underTest.createUrl();
    archive = await openArchive(url, { clock });
    service = await hostMediator({ ...retention, ARCHIVE_RETENTION: '1000s', MONGODB_URI: url }, { clock });
  });
  afterEach(async () => {
    await service.stop();
    await archive.close();
    await underTest.removeAll();
  });

  it('goes there when its retention is over: messages, what their recipients did, and their mediator', async () => {
    await sendAndEnd(service);

    await untilGone(service, clock, '/mediators/m/messages/one');

    const [message] = (await archive.read('messages', ['1'])).values();
    expect(message).toMatchObject({ id: 'one', body: '{"$set":"x","a.b":1}', status: 'completed' });
    const [receipt] = (await archive.read('receipts', ['1/b'])).values();
    expect(receipt).toMatchObject({ recipient_id: 'b', status: 'acked', attempts: 1 });
    const [mediator] = (await archive.read('mediators', [String(message?.['mediator_key'])])).values();
    expect(mediator).toMatchObject({ name: 'm' });
  });

  it('goes from there as well when ARCHIVE_RETENTION is over', async () => {
    await sendAndEnd(service);
    await untilGone(service, clock, '/mediators/m/messages/one');
    expect(await archive.read('messages', ['1'])).toHaveProperty('size', 1);

    await eventually(async () => {
      await clock.advance(20_000);
      const kept = [await archive.read('messages', ['1']), await archive.read('receipts', ['1/b'])];
      expect(kept.map(({ size }) => size)).toEqual([0, 0]);
    });
  });

  it('goes there with its whole history, when it is a run of a workflow', async () => {
    await service.begin({ name: 'flow', kind: 'workflow' }, { id: 'desk', name: 'desk', handles: ['work'] });
    const steps = [{ id: 'go', type: 'work' }];
    await service.post('/mediators/flow/workflows', { id: 'run', name: 'once', steps });
    const desk = actAs(service, 'flow', 'desk');
    const { id } = await desk.take();
    await desk.reply(id, { result: 1 });
    const startedAt = clock.now().getTime();
    const history = await service.get('/mediators/flow/workflows/run/history');
    const { events } = history.body as { events: readonly { type: string }[] };

    await untilGone(service, clock, '/mediators/flow/workflows/run');

    const { mediator_key: key } = await service.database.queries
      .withTables<{ mediators: { mediator_key: number } }>()
      .selectFrom('mediators')
      .selectAll()
      .executeTakeFirstOrThrow();
    const runKey = `${key}/run/${startedAt}`;
    const [run] = (await archive.read('workflows', [runKey])).values();
    expect(run).toMatchObject({ id: 'run', status: 'completed' });
    const keys = events.map((_, index) => `${runKey}/${index + 1}`);
    const kept = await archive.read('workflow_events', keys);
    expect(keys.map((each) => kept.get(each)?.['type'])).toEqual(events.map(({ type }) => type));
  });
});

describe('what has ended, while the archive is away,', () => {
  it('stays, and the service goes on and says in its health what is missing', async () => {
    const clock = createVirtualClock();
    const service = await hostMediator({ ...retention, MONGODB_URI: 'mongodb://127.0.0.1:1/old' }, { clock });
    await sendAndEnd(service);

    await eventually(async () => {
      await clock.advance(20_000);
      expect(service.logLines.map(({ msg }) => msg)).toContain('the pruning waits for a dependency');
    });
    expect(await service.get('/mediators/m/messages/one')).toMatchObject({ status: 200 });
    expect(await service.request('/health/ready')).toMatchObject({ status: 200 });
    const { status, body } = await service.request('/health');
    expect(status).toBe(503);
    expect(body).toHaveProperty('checks.archive');
    await service.stop();
  });
});
