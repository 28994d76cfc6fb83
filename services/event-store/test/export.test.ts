import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { api, hostEventStore, type EventStoreForTest } from './host-event-store';
import { createLogInFile, happened, type LogInFile } from './log-in-file';
import { verifier, verifyExport } from './support/verify-export';

const newKey = () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  };
};

describe('an export of the log', () => {
  const { privateKey, publicKey } = newKey();
  let file: LogInFile;
  let service: EventStoreForTest;

  beforeAll(async () => {
    file = await createLogInFile();
    await file.toStream('o-1', happened('order.created', { id: 'e-1' }), happened('order.confirmed'));
    await file.record(happened('my.own', { data: { 2: [1e21, 0.1], 1: '\u2028"\\ü', nothing: null } }));
    await file.record(happened('my.own', { data: new Uint8Array([0, 200]), datacontenttype: 'image/png' }));
    await file.record(happened('user.created', { subject: 'u-1', data: { email: 'a@example.com' } }));
    await file.record(happened('user.updated', { subject: 'u-1', data: new Uint8Array([1]) }));
    await file.record(happened('my.own', { data: undefined }));
    await file.log.erase({ subject: 'u-1' });
    service = await hostEventStore({ ...file.env, EVENT_LOG_SIGNING_KEY: privateKey });
  });

  afterAll(async () => {
    await service.stop();
    await file[Symbol.asyncDispose]();
  });

  async function exportLines(query = ''): Promise<readonly string[]> {
    const response = await fetch(`${service.url}${api}/event-store/export${query}`);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    return (await response.text()).trimEnd().split('\n');
  }

  const verify = (lines: readonly string[], keyPem?: string) =>
    verifyExport(file.folder, lines.map((line) => `${line}\n`).join(''), keyPem);

  it('is a line of JSON for each commit, and verifies without the event store', async () => {
    const lines = await exportLines();

    const { headHash } = await file.log.verify();
    expect(lines.slice(1, -1).map((line) => (JSON.parse(line) as { position?: number }).position)).toEqual([
      ...[1, 3, 4, 5, 6, 7],
      8,
      undefined,
    ]);
    expect(await verify(lines, publicKey)).toEqual({
      exitCode: 0,
      output: `valid: 8 events in 7 commits up to position 8, hash ${headHash}; signatures: 1, by the key given\n`,
    });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({
      events: [{ stream: { id: 'o-1', type: 'order' }, version: 0, event: { id: 'e-1' } }, { version: 1 }],
    });
  });

  it('no longer holds what was erased', async () => {
    expect((await exportLines()).join()).not.toContain('a@example.com');
  });

  const edits: readonly (readonly [string, number, (line: string) => string])[] = [
    ['data', 1, (line) => line.replace('"data":{"n":', '"data":{"n":1')],
    ['binary data', 4, (line) => line.replace('"data_base64":"AMg="', '"data_base64":"AMk="')],
    ['attribute', 3, (line) => line.replace('"source":"/test"', '"source":"/forged"')],
    ['stream', 1, (line) => line.replace('"id":"o-1"', '"id":"o-2"')],
    ['version', 1, (line) => line.replace('"version":0', '"version":7')],
    ['time', 3, (line) => line.replace(/"recorded_at":"\d{4}/, '"recorded_at":"1999')],
    ['hash', 7, (line) => line.replace(/"hash":"../, '"hash":"zz')],
    ['cursor', 5, (line) => line.replace('"cursors":{}', '"cursors":{"orders":1}')],
    ['further member', 5, (line) => line.replace('{', '{"note":"not what was appended",')],
    ['further member of an event', 5, (line) => line.replace('[{', '[{"note":1,')],
    ['data where some was erased', 5, (line) => line.replace(/("event":{)/, '$1"data":1,')],
    ['salt', 3, (line) => line.replace(/"salt":"[^"]*"/, '"salt":null')],
    ['line that is no JSON', 3, (line) => line.slice(1)],
    ['line of another form', 3, () => '{"position":3,"recorded_at":null}'],
    ['line that says nothing', 3, () => 'null'],
  ];

  it.each(edits)('shows a changed %s, and where', async (_what, position, edit) => {
    const lines = await exportLines();
    const at = lines.findIndex((line) => line.includes(`"position":${position},"recorded_at"`));
    const forged = lines.with(at, edit(lines[at] ?? ''));
    expect(forged).not.toEqual(lines);

    const { exitCode, output } = await verify(forged);

    expect([exitCode, output]).toEqual([1, expect.stringMatching(`^INVALID at position ${position}: `)]);
  });

  it('shows a line that is missing, moved or doubled, and an end that is', async () => {
    const lines = await exportLines();
    const [first = '', one = '', two = '', three = ''] = lines;

    const broken = [
      [first, one, three, ...lines.slice(4)],
      [first, one, three, two, ...lines.slice(4)],
      [first, one, one, two, three, ...lines.slice(4)],
      lines.slice(0, 4),
      [...lines.slice(0, 4), ...lines.slice(-1)],
      [...lines, one],
    ];

    for (const forged of broken) expect(await verify(forged)).toMatchObject({ exitCode: 1 });
  });

  it('shows data that is gone and that no erasure tells of', async () => {
    const lines = await exportLines();
    const at = lines.findIndex((line) => line.includes('"position":3,"recorded_at"'));
    const commit = JSON.parse(lines[at] ?? '') as { events: [{ salt: unknown; event: { data?: unknown } }] };
    commit.events[0].salt = null;
    delete commit.events[0].event.data;

    expect(await verify(lines.with(at, JSON.stringify(commit)))).toMatchObject({
      exitCode: 3,
      output: expect.stringMatching(
        '^incomplete: .*; without data, and no erasure in the file tells why: 1',
      ) as string,
    });
  });

  it('shows a signature by another key, or about another chain', async () => {
    const lines = await exportLines();
    const at = lines.length - 2;
    const forged = lines.with(at, (lines[at] ?? '').replace(/"hash":"../, '"hash":"zz'));

    expect(await verify(lines, newKey().publicKey)).toMatchObject({
      exitCode: 1,
      output: 'INVALID at position 8: the signature is not genuine\n',
    });
    expect(await verify(forged)).toMatchObject({ exitCode: 1 });
  });

  it('of a time range holds what was recorded then, and verifies by itself', async () => {
    const [, , third = '', fourth = ''] = await exportLines();
    const recordedAt = (line: string) => (JSON.parse(line) as { recorded_at: string }).recorded_at;
    const later = '2999-01-01T00:00:00Z';

    expect(await verify(await exportLines(`?from=${recordedAt(third)}&to=${later}`))).toMatchObject({
      exitCode: 0,
    });
    const before = await exportLines(`?to=${recordedAt(fourth)}`);
    expect(before.join()).not.toContain(`"recorded_at":"${recordedAt(fourth)}"`);
    expect(await verify(before)).toMatchObject({ exitCode: 0 });
    expect(await verify(await exportLines(`?from=${later}`))).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching('^valid: 0 events in 0 commits') as string,
    });
  });

  it('holds the signatures of its time, however many came since', async () => {
    await using old = await createLogInFile();
    await old.record(happened('my.own'));
    await using signing = await hostEventStore({ ...old.env, EVENT_LOG_SIGNING_KEY: privateKey });
    expect((await signing.get('/event-store/verify')).body).toMatchObject({ signature: { position: 1 } });
    const newer = 'with recursive n(p) as (select 1001 union all select p + 1 from n where p < 2500)';
    await old.tamper(`insert into log_checkpoints ${newer} select p, '', 0, '' from n`);

    const lines = await (await fetch(`${signing.url}${api}/event-store/export`)).text();

    expect(await verify(lines.trimEnd().split('\n'), publicKey)).toMatchObject({
      exitCode: 0,
      output: expect.stringMatching('signatures: 1,') as string,
    });
  });

  it.each(['from=yesterday', 'to=2026-13-01', 'since=2026-01-01T00:00:00Z'])(
    'is refused for ?%s',
    async (query) => {
      expect((await service.get(`/event-store/export?${query}`)).status).toBe(400);
    },
  );

  it('is checked by a command that says what it needs', async () => {
    const manifest = JSON.parse(await readFile(join(verifier, '..', '..', 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };

    expect(manifest.scripts['verify']).toBe('node scripts/verify-export.mjs');
    expect(await verify(['{"format":"other"}'])).toMatchObject({ exitCode: 1 });
    expect(await verify([])).toMatchObject({ exitCode: 1 });
  });
});
