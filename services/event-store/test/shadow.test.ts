import { eventually } from '@fanfare/core/testing';
import { hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';
import { openReceiver, type TestReceiver } from './support/open-receiver';

describe('a shadow replay', () => {
  let file: LogInFile;
  let receiver: TestReceiver;
  let service: EventStoreForTest;

  beforeEach(async () => {
    file = await createLogInFile();
    receiver = await openReceiver();
    service = await hostEventStore(file.env);
    await file.record(happened('order.created', { id: 'e-1', subject: 'o-1', data: { total: 5 } }));
    await file.record(happened('order.created', { id: 'e-2', subject: 'o-2', data: { total: 50 } }));
    await file.record(
      happened('user.created', { id: 'e-3', subject: 'u-1', data: { email: 'ada@example.com' } }),
    );
    await file.record(happened('my.own', { id: 'e-4', subject: 's-1', data: new Uint8Array([1]) }));
  });

  afterEach(async () => {
    await service.stop();
    await receiver.close();
    await file[Symbol.asyncDispose]();
  });

  const observe = (parts: object = {}) =>
    service.post('/observers', { id: 'billing', event_types: ['order.*'], endpoint: receiver.url, ...parts });

  async function run(body: object): Promise<unknown> {
    const answer = await service.post('/event-store/replay', { shadow: true, ...body });
    expect(answer).toMatchObject({ status: 202 });
    const { id } = answer.body as { readonly id: string };
    return eventually(async () => {
      const { body: replay } = await service.get(`/event-store/replay/${id}`);
      expect(replay).toMatchObject({ state: 'done', shadow: true });
      return (replay as { readonly report: unknown }).report;
    });
  }

  it('tells what a new version of an observer would get that it does not get now, and sends nothing', async () => {
    await observe();

    const report = await run({
      observer_id: 'billing',
      candidate: {
        event_types: ['order.*', 'user.*'],
        filter: { not: { exact: { id: 'e-2' } } },
        transform: 'id = "e-1" ? {"sum": data.total} : data',
      },
    });

    expect(report).toEqual({
      captured: 2,
      same: 0,
      new: 1,
      missing: 1,
      changed: 1,
      differences: [
        {
          kind: 'changed',
          position: 1,
          event_id: 'e-1',
          type: 'order.created',
          before: { total: 5 },
          after: { sum: 5 },
        },
        {
          kind: 'missing',
          position: 2,
          event_id: 'e-2',
          type: 'order.created',
          before: { total: 50 },
          after: null,
        },
        {
          kind: 'new',
          position: 3,
          event_id: 'e-3',
          type: 'user.created',
          before: null,
          after: { email: 'ada@example.com' },
        },
      ],
    });
    expect(receiver.requests).toEqual([]);
  });

  it('has nothing to tell of a version that does the same', async () => {
    await observe();

    expect(await run({ observer_id: 'billing', candidate: { transform: '$merge([data, {}])' } })).toEqual({
      captured: 2,
      same: 2,
      new: 0,
      missing: 0,
      changed: 0,
      differences: [],
    });
  });

  it('of an observer alone tells what it has not got so far', async () => {
    await observe({ start_from: 1, enabled: false });

    expect(await run({ observer_id: 'billing' })).toMatchObject({
      captured: 2,
      same: 1,
      new: 1,
      missing: 0,
      changed: 0,
      differences: [{ kind: 'new', event_id: 'e-2', after: { total: 50 } }],
    });
  });

  it('of a candidate alone tells all that it would get', async () => {
    expect(await run({ candidate: { event_types: ['*'] }, from_position: 2 })).toMatchObject({
      captured: 2,
      new: 2,
      differences: [{ event_id: 'e-3' }, { event_id: 'e-4', after: 'AQ==' }],
    });
  });

  it('keeps the first thousand differences and counts them all', async () => {
    const events = Array.from({ length: 1_100 }, (_, index) =>
      happened('many.such', { id: `many-${index}` }),
    );
    await file.record(...events);

    const report = (await run({ candidate: { event_types: ['many.such'] } })) as {
      readonly new: number;
      readonly differences: readonly { readonly event_id: string }[];
    };

    expect(report.new).toBe(1_100);
    expect(report.differences.map(({ event_id }) => event_id)).toEqual(
      events.slice(0, 1_000).map(({ id }) => id),
    );
  });

  it('forgets who is erased', async () => {
    const answer = await service.post('/event-store/replay', {
      shadow: true,
      candidate: { event_types: ['*'] },
    });
    const path = `/event-store/replay/${(answer.body as { readonly id: string }).id}`;
    await eventually(async () => {
      expect(JSON.stringify((await service.get(path)).body)).toContain('ada@example.com');
    });

    await service.post('/event-store/erase', { subject: 'u-1' });

    expect(JSON.stringify((await service.get(path)).body)).not.toContain('ada@example.com');
    expect((await service.get(path)).body).toMatchObject({ report: { new: 4 } });
  });

  it('of the counts tells where they differ from what the log says, and changes nothing', async () => {
    await service.get('/metrics/events');
    expect(await run({ projection: 'event_counts' })).toEqual({
      new: 0,
      missing: 0,
      changed: 0,
      differences: [],
    });
    await file.change(`update log_counts set amount = 7 where type = 'my.own'`);
    await file.change(`delete from log_counts where type like '%user%'`);

    expect(await run({ projection: 'event_counts' })).toEqual({
      new: 1,
      missing: 0,
      changed: 1,
      differences: [
        { kind: 'changed', table: 'event_counts', key: 'my.own', before: 7, after: 1 },
        { kind: 'new', table: 'event_counts', key: 'user.created', before: null, after: 1 },
      ],
    });
    expect((await service.get('/metrics/events')).body).toMatchObject({ event_counts: { 'my.own': 7 } });
  });
});
