import { generateKeyPairSync } from 'node:crypto';
import { hostEventStore } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';

const privateKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Server-sent events as `[event, data]`. */
function parseServerSentEvents(text: unknown): readonly (readonly [string, unknown])[] {
  return [...String(text).matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)].map(
    ([, event = '', data = 'null']) => [event, JSON.parse(data) as unknown] as const,
  );
}

describe('verifying the log', () => {
  let file: LogInFile;

  beforeEach(async () => {
    file = await createLogInFile();
    for (let commit = 0; commit < 150; commit += 1)
      await file.record(happened('order.created'), happened('user.created'));
  });

  afterEach(() => file[Symbol.asyncDispose]());

  it('proves every event, or those of a part of the log', async () => {
    await using service = await hostEventStore(file.env);

    const whole = await service.get('/event-store/verify');
    const part = await service.get('/event-store/verify?from_position=101&to_position=200');

    const { headHash } = await file.log.verify();
    expect(whole).toMatchObject({
      status: 200,
      body: {
        valid: true,
        status: 'valid',
        checked: 300,
        erased: 0,
        head_position: 300,
        head_hash: headHash,
      },
    });
    expect(whole.body).not.toHaveProperty('signature');
    // a part begins with the commit before it, so that the link to what came before is proven too
    expect(part.body).toMatchObject({ valid: true, checked: 102, head_position: 200 });
  });

  it('tells where the log was changed', async () => {
    await using service = await hostEventStore(file.env);
    await file.tamper('update log_events set data = ? where position = 77', '{"n":0}');

    const { status, body } = await service.get('/event-store/verify');

    expect(status).toBe(200);
    expect(body).toMatchObject({
      valid: false,
      status: 'invalid',
      first_invalid_position: 77,
      reason: 'the data is not what was appended',
    });
  });

  it('tells data that somebody removed from data that was erased', async () => {
    await file.record(happened('user.created', { subject: 'u-1' }), happened('order.created'));
    await using service = await hostEventStore(file.env);
    await service.post('/event-store/erase', { subject: 'u-1' });
    expect((await service.get('/event-store/verify')).body).toMatchObject({ status: 'valid', erased: 1 });

    await file.tamper('update log_events set data = null, salt = null where position = 302');

    expect((await service.get('/event-store/verify')).body).toMatchObject({
      valid: false,
      status: 'invalid',
      erased: 2,
      unexplained: 1,
      first_invalid_position: 302,
      reason: 'the data was removed, and no erasure tells of it',
    });
  });

  it('has a way out for what nobody recorded: to erase its subject again', async () => {
    await file.record(happened('order.created', { subject: 'o-1' }));
    await using service = await hostEventStore(file.env);
    await file.tamper('update log_events set data = null, salt = null where position = 301');
    expect((await service.get('/event-store/verify')).body).toMatchObject({ unexplained: 1 });

    await service.post('/event-store/erase', { subject: 'o-1' });

    expect((await service.get('/event-store/verify')).body).toMatchObject({ status: 'valid', erased: 1 });
  });

  it('tells of its progress when it is asked for server-sent events, and at last of the result', async () => {
    await using service = await hostEventStore(file.env);

    const { headers, body } = await service.get('/event-store/verify', { accept: 'text/event-stream' });

    const events = parseServerSentEvents(body);
    const positions = events.slice(0, -1).map(([, data]) => (data as { position: number }).position);
    expect(headers['content-type']).toMatch('text/event-stream');
    expect(new Set(events.slice(0, -1).map(([event]) => event))).toEqual(new Set(['progress']));
    expect(positions).toEqual(positions.toSorted((left, right) => left - right));
    expect(events.at(-1)).toEqual(['result', (await service.get('/event-store/verify')).body]);
  });

  it('signs the end of the log, and then notices that the whole log was put in place of another', async () => {
    const EVENT_LOG_SIGNING_KEY = privateKey().replaceAll('\n', String.raw`\n`);
    await using service = await hostEventStore({ ...file.env, EVENT_LOG_SIGNING_KEY });

    const { body } = await service.get('/event-store/verify');
    const { headHash } = await file.log.verify();
    expect(body).toMatchObject({
      valid: true,
      signature: {
        position: 300,
        hash: headHash,
        signature: expect.stringMatching(/^[\w+/]{86}==$/) as string,
      },
    });

    await file.tamper(`update log_checkpoints set hash = ?`, '0'.repeat(64));
    expect((await service.get('/event-store/verify')).body).toMatchObject({
      valid: false,
      reason: 'a checkpoint is forged',
    });
  });

  it.each(['from_position=0', 'to_position=x', 'unknown=1'])('refuses ?%s', async (query) => {
    await using service = await hostEventStore(file.env);

    expect((await service.get(`/event-store/verify?${query}`)).status).toBe(400);
  });
});
