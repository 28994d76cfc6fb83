import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@fanfare/core/testing';
import { api, hostEventStore, listEvents, type EventStoreForTest } from './host-event-store';
import { createLogInFile, type LogInFile } from './log-in-file';
import { openReceiver, type TestReceiver } from './support/open-receiver';

const address = 'ada.lovelace@example.com';
const secret = `whsec_${Buffer.from('a secret of an observer, 32 bytes').toString('base64')}`;
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const verifier = join(__dirname, '..', '..', '..', 'scripts', 'verify-export.mjs');

describe('an event store with ENCRYPTION_KEYS', () => {
  const [older, newer] = [newKey('older'), newKey('newer')];
  let file: LogInFile;
  let service: EventStoreForTest;
  let receiver: TestReceiver;

  const host = async (keys: string) => {
    service = await hostEventStore({ ...file.env, ENCRYPTION_KEYS: keys, WEBHOOK_ALLOW_PRIVATE: 'true' });
  };

  beforeEach(async () => {
    receiver = await openReceiver();
    file = await createLogInFile();
    await host(older);
    await service.post('/aggregates', { type: 'user', id: 'u-1', initial_state: { email: address } });
    await service.post('/snapshots', { aggregate_id: 'u-1' });
  });

  afterEach(async () => {
    await service.stop();
    await receiver.close();
    await file[Symbol.asyncDispose]();
  });

  /** Every byte that is on the disk. */
  async function stored(): Promise<Buffer> {
    const names = await readdir(file.folder);
    return Buffer.concat(await Promise.all(names.map((name) => readFile(join(file.folder, name)))));
  }

  it('has no data of events and no secret on the disk: events, snapshots, observers, dead letters, replays', async () => {
    receiver.answer(() => 500);
    await service.post('/observers', {
      id: 'billing',
      event_types: ['my.own'],
      endpoint: receiver.url,
      secret,
      retry: { max_attempts: 1 },
    });
    await service.post('/events', { id: 'e-1', type: 'my.own', subject: 'u-1', data: { about: address } });
    const letterId = await eventually(async () => {
      const { body } = await service.get('/dead-letters');
      const [letter] = (body as { dead_letters: { id: string }[] }).dead_letters;
      expect(letter).toBeDefined();
      return letter?.id ?? '';
    });
    const edited = await service.request(`${api}/dead-letters/${letterId}`, {
      method: 'PATCH',
      body: { data: { about: `not ${address}` } },
    });
    await service.post('/event-store/replay', {
      shadow: true,
      observer_id: 'billing',
      observer: { event_types: ['*'], transform: `{"to": "${address}"}` },
    });

    expect(edited).toMatchObject({ status: 200, body: { edited_data: { about: `not ${address}` } } });
    const bytes = await stored();
    expect([address, secret].filter((text) => bytes.includes(text))).toEqual([]);
    expect(bytes.includes('sealed:older:')).toBe(true);
    expect((await service.get('/aggregates/u-1')).body).toMatchObject({ state: { email: address } });
    expect((await service.get('/snapshots/u-1')).body).toMatchObject({ data: { email: address } });
  });

  it('reads after a change of keys what the older one has sealed, and an export proves itself as before', async () => {
    await service.stop();
    await host(`${newer},${older}`);
    await service.post('/events', { id: 'e-2', type: 'my.own', data: { about: address } });

    expect((await listEvents(service)).events).toMatchObject([
      { data: { email: address } },
      { id: 'e-2', data: { about: address } },
    ]);
    expect((await service.get('/event-store/verify')).body).toMatchObject({
      valid: true,
      status: 'valid',
      checked: 2,
    });
    const path = join(file.folder, 'export.ndjson');
    await writeFile(path, await (await fetch(`${service.url}${api}/event-store/export`)).text());
    expect(execFileSync(process.execPath, [verifier, path]).toString()).toContain('2 events');
  });

  it('names the key that is missing, reads the rest, and verifies the chain all the same', async () => {
    await service.stop();
    await host(newer);
    await service.post('/events', { id: 'e-2', type: 'my.own', data: { about: address } });

    expect(await service.get('/events?limit=1')).toMatchObject({
      status: 503,
      body: { error: 'event 1 is sealed with older, which is no key in ENCRYPTION_KEYS' },
    });
    expect((await service.get('/events/e-2')).body).toMatchObject({ data: { about: address } });
    expect((await service.get('/event-store/verify')).body).toMatchObject({
      valid: true,
      status: 'incomplete',
      checked: 2,
      unopened: 1,
      first_unopened_position: 1,
    });
  });

  it('erases what it cannot read', async () => {
    await service.stop();
    await host(newer);

    expect((await service.post('/event-store/erase', { subject: 'u-1' })).body).toMatchObject({
      erased_events: 1,
      erased_snapshots: 1,
    });
    expect((await service.get('/aggregates/u-1')).body).toMatchObject({ state: null });
  });

  it('refuses to start with a key that is none, and does not repeat it', async () => {
    await expect(hostEventStore({ ENCRYPTION_KEYS: 'mine:short' })).rejects.toThrow(
      /ENCRYPTION_KEYS is wrong: must be like id:key, each key 32 bytes in Base64(?!.*short)/s,
    );
  });
});
