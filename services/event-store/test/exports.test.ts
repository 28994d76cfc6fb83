import { eventually } from '@fanfare/core/testing';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';
import { verifyExport } from './support/verify-export';

interface ExportJson {
  readonly id: string;
  readonly state: string;
  readonly parts: number;
}

const path = '/event-store/exports';
const secret = 'ada@example.com';

describe('an export in parts', () => {
  let file: LogInFile;
  let service: EventStoreForTest;

  beforeEach(async () => {
    file = await createLogInFile();
    await file.record(happened('user.created', { subject: 'u-1', data: { email: secret } }));
    service = await hostEventStore(file.env);
  });

  afterEach(async () => {
    await service.stop();
    await file[Symbol.asyncDispose]();
  });

  /** More than a part holds, with a commit that lies in two of them. */
  async function recordMany(): Promise<void> {
    for (let commit = 0; commit < 3; commit += 1)
      await file.record(...Array.from({ length: 4_000 }, () => happened('my.own')));
    await file.record(happened('my.own'));
  }

  const read = async (id: string, from = service) => (await from.get(`${path}/${id}`)).body as ExportJson;

  async function end(id: string, from = service): Promise<ExportJson> {
    await eventually(async () => {
      expect(await read(id, from)).toMatchObject({ is_running: false });
    });
    return read(id, from);
  }

  async function run(body: object = {}): Promise<ExportJson> {
    const begun = await service.post(path, body);
    expect(begun).toMatchObject({
      status: 202,
      body: { state: 'running', is_running: true, end_time: null },
    });
    const { id } = begun.body as ExportJson;
    expect(begun.headers['location']).toBe(`${api}${path}/${id}`);
    return end(id);
  }

  const textOf = async (place: string) => {
    const response = await fetch(`${service.url}${api}${place}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    return response.text();
  };

  async function fetchParts({ id, parts }: ExportJson): Promise<string> {
    let text = '';
    for (let part = 1; part <= parts; part += 1) text += await textOf(`${path}/${id}/parts/${part}`);
    return text;
  }

  const statusOfPart = async (id: string, part = 1) => {
    const { status, body } = await service.get(`${path}/${id}/parts/${part}`);
    return [status, (body as { code: string }).code];
  };

  it('is proven in the background, and its parts together are the export in one answer', async () => {
    await recordMany();

    const done = await run();

    expect(done).toMatchObject({
      state: 'done',
      parts: 2,
      total: 12_002,
      processed_count: 12_002,
      position: 12_002,
      from_position: 0,
      to_position: 12_002,
      last_error: null,
      end_time: expect.any(String) as string,
    });
    const text = await fetchParts(done);
    expect(text === (await textOf('/event-store/export'))).toBe(true);
    expect(await verifyExport(file.folder, text)).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching('^valid: 12002 events in 5 commits up to position 12002,') as string,
    });
  });

  it('holds the whole commits of what was asked for, whatever comes afterwards', async () => {
    await recordMany();

    const done = await run({ from_position: 2_000, to_position: 12_001 });
    await file.record(happened('my.own'));

    expect(done).toMatchObject({ from_position: 1, to_position: 12_001, total: 12_000, parts: 2 });
    const text = await fetchParts(done);
    expect(await verifyExport(file.folder, text)).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching('^valid: 12000 events in 3 commits up to position 12001,') as string,
    });
    // its last commit begins in the first part
    expect((await textOf(`${path}/${done.id}/parts/2`)).split('\n').length).toBe(2);
  });

  it('of nothing is a part that says so', async () => {
    const done = await run({ from: '2999-01-01T00:00:00Z' });

    expect(done).toMatchObject({ state: 'done', parts: 1, total: 0 });
    expect(await verifyExport(file.folder, await fetchParts(done))).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching('^valid: 0 events in 0 commits') as string,
    });
  });

  it('no longer holds what was erased since it was done', async () => {
    const done = await run();
    expect(await fetchParts(done)).toContain(secret);

    await service.post('/event-store/erase', { subject: 'u-1' });

    const text = await fetchParts(done);
    expect(text).not.toContain(secret);
    // the erasure stands behind the end of the file
    expect(await verifyExport(file.folder, text)).toMatchObject({
      exitCode: 3,
      output: expect.stringMatching('^incomplete: 1 events') as string,
    });
  });

  it('fails where the log is not what was recorded, and says where', async () => {
    await file.record(happened('my.own'));
    await file.tamper('update log_events set data = ? where position = 2', '{"n":0}');

    const failed = await run();

    expect(failed).toMatchObject({
      state: 'failed',
      last_error: 'position 2: the data is not what was appended',
    });
    expect(await statusOfPart(failed.id)).toEqual([409, 'conflict']);
    expect((await service.post(`${path}/${failed.id}/cancel`, undefined)).status).toBe(409);
  });

  it('is no longer served once it is cancelled', async () => {
    const done = await run();

    expect(await service.post(`${path}/${done.id}/cancel`, undefined)).toMatchObject({
      status: 200,
      body: { state: 'cancelled', is_running: false },
    });
    expect(await statusOfPart(done.id)).toEqual([409, 'conflict']);
  });

  it('says which parts the log no longer has', async () => {
    await recordMany();
    const done = await run();

    await file.log.truncate(4_002);

    expect(await statusOfPart(done.id, 1)).toEqual([410, 'truncated']);
    expect(await textOf(`${path}/${done.id}/parts/2`)).toContain('"end"');
  });

  it('goes on where it was after a restart, and is forgotten after 30 days', async () => {
    await file.record(happened('my.own'), happened('my.own'));
    const { id } = await run();
    await service.stop();
    await file.change(
      `update log_exports set state = 'running', ended_at = null, position = 1, processed = 1, lease_until = 0`,
    );

    service = await hostEventStore(file.env);
    expect(await end(id)).toMatchObject({ state: 'done', processed_count: 3 });
    await service.stop();
    await file.change('update log_exports set ended_at = ended_at - ?', 30 * 24 * 3_600_000 + 1);

    service = await hostEventStore(file.env);
    await eventually(async () => {
      expect((await service.get(`${path}/${id}`)).status).toBe(404);
    });
  });

  it('is listed, the newest first if that is asked for', async () => {
    const [first, second] = [await run(), await run()];

    const page = await service.get(`${path}?order=desc&limit=1`);

    expect(page.body).toEqual({
      exports: [await read(second.id)],
      next_cursor: expect.any(String) as string,
    });
    const { next_cursor } = page.body as { next_cursor: string };
    expect((await service.get(`${path}?order=desc&cursor=${next_cursor}`)).body).toEqual({
      exports: [await read(first.id)],
      next_cursor: null,
    });
  });

  it.each([
    { from: 'yesterday' },
    { from_position: -1 },
    { from_position: 3, to_position: 1 },
    { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
    { since: '2026-01-01T00:00:00Z' },
  ])('is refused for %j', async (body) => {
    expect((await service.post(path, body)).status).toBe(400);
  });

  it('that is not there, and a part that it has not, are a 404', async () => {
    const { id } = await run();

    expect((await service.get(`${path}/nobody`)).status).toBe(404);
    expect(await statusOfPart('nobody')).toEqual([404, 'not-found']);
    expect(await statusOfPart(id, 2)).toEqual([404, 'not-found']);
    expect(await statusOfPart(id, 0)).toEqual([400, 'invalid']);
  });
});
