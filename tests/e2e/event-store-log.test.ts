import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventually } from '@fanfare/core/testing';
import { z } from 'zod';
import {
  api,
  ask,
  get,
  paymentCreated,
  post,
  readEvent,
  readEvents,
  readHead,
  takeIn,
} from './support/event-store';
import { send } from './support/http';
import { uniqueId } from './support/orders';
import { expectProblem } from './support/problem';
import { openWebHook } from './support/web-hook';

const verdictSchema = z.object({
  valid: z.boolean(),
  checked: z.int(),
  head_position: z.int(),
  head_hash: z.string(),
});
const verify = async () => verdictSchema.parse(await get('/event-store/verify'));

describe('the event log', () => {
  it('proves that nothing in it was changed or removed, and goes on doing so as it grows', async () => {
    const before = await verify();
    await takeIn();

    const after = await verify();

    expect([before.valid, after.valid]).toEqual([true, true]);
    expect(after.head_position).toBeGreaterThan(before.head_position);
    expect(after.head_hash).not.toBe(before.head_hash);
  });

  it('is exported with its proof, which is checked without the store', async () => {
    const { id } = await takeIn();

    const { text } = await ask('GET', '/event-store/export', 200);

    const folder = mkdtempSync(path.join(tmpdir(), 'fanfare-export-'));
    const file = path.join(folder, 'log.ndjson');
    writeFileSync(file, text);
    const check = () => spawnSync('npm', ['run', '--silent', 'verify', '--', file], { encoding: 'utf8' });
    expect(text).toContain(id);
    expect(check()).toMatchObject({ status: 0 });
    writeFileSync(file, text.replace('stripe', 'strip3'));
    expect(check().status).not.toBe(0);
    rmSync(folder, { recursive: true });
  });

  it('forgets a subject, and still verifies', async () => {
    const id = uniqueId('user');
    await post('/aggregates', { type: 'user', id, initial_state: { email: 'ann@example.com' } }, 201);
    await post('/snapshots', { aggregate_id: id }, 201);
    await ask('PUT', `/aggregates/${id}`, 200, { body: { changes: { email: 'ann@example.org' } } });

    const erased = await post('/event-store/erase', { subject: id, reason: 'asked for' });

    expect(erased).toEqual({ subject: id, erased_events: 2, erased_snapshots: 1 });
    for (const { data, erased } of await readEvents(`/events/aggregate/${id}`)) {
      expect([data, erased]).toEqual([null, true]);
    }
    expect(await get(`/aggregates/${id}`)).toMatchObject({ state: null, active: false });
    expectProblem(await send(`${api}/snapshots/${id}/latest`), 404);
    expect(await verify()).toMatchObject({ valid: true });
    const { text } = await ask('GET', '/event-store/export', 200);
    expect(text).not.toContain('ann@example.org');
  });

  it('loses on request what is older than a time, and nothing else', async () => {
    const { id } = await takeIn();

    const { body } = await ask('DELETE', '/event-store/events/old?before=2020-01-01T00:00:00Z', 200);

    expect(body).toMatchObject({ deleted: 0 });
    expect((await readEvent(id)).id).toBe(id);
    expectProblem(await send(`${api}/event-store/events/old`, { method: 'DELETE' }), 400);
  });
});

const replaySchema = z.looseObject({
  id: z.string(),
  is_running: z.boolean(),
  processed_count: z.int(),
  error_count: z.int(),
  total: z.int().nullable(),
  state: z.string(),
});

describe('a replay', () => {
  it('delivers again what an observer has had, marked, and can be stopped and resumed', async () => {
    await using hook = await openWebHook();
    const id = uniqueId('observer');
    const type = `thing.${id}`;
    const from_position = await readHead();
    await post('/observers', { id, event_types: [type], endpoint: hook.url }, 201);
    const posted: string[] = [];
    for (let n = 0; n < 3; n += 1) posted.push((await takeIn({ type, data: { n } })).id);
    await eventually(() => {
      expect(hook.ids()).toEqual(posted);
    });

    const asked = await ask('POST', '/event-store/replay', 202, { body: { observer_id: id, from_position } });
    const replay = replaySchema.parse(asked.body);
    const place = `/event-store/replay/${replay.id}`;

    expect(asked.headers.get('location')).toBe(`/api/v1${place}`);
    await eventually(async () => {
      const now = replaySchema.parse(await get(place));
      expect(now).toMatchObject({ is_running: false, state: 'done', processed_count: 3, error_count: 0 });
    });
    expect(hook.ids()).toEqual([...posted, ...posted]);
    expect(hook.delivered.map(({ headers }) => headers['ce-replay'])).toEqual([
      ...posted.map(() => undefined),
      ...posted.map(() => 'true'),
    ]);
    const { replays } = (await get('/event-store/replay?order=desc')) as { replays: { id: string }[] };
    expect(replays.map((one) => one.id)).toContain(replay.id);
    await send(`${api}/observers/${id}`, { method: 'DELETE' });
  });

  it('is paused, resumed and cancelled', async () => {
    await using hook = await openWebHook();
    const id = uniqueId('observer');
    const from_position = await readHead();
    await post('/observers', { id, event_types: [`thing.${id}`], endpoint: hook.url }, 201);
    for (let n = 0; n < 3; n += 1) await takeIn({ type: `thing.${id}`, data: { n } });
    // so slow that it cannot end by itself: begun or resumed, it delivers one event and waits before the next
    const speed = 0.000_001;
    const body = { observer_id: id, from_position, speed };
    const replay = replaySchema.parse(await post('/event-store/replay', body, 202));
    const place = `/event-store/replay/${replay.id}`;

    const states = [];
    for (const verb of ['pause', 'resume', 'cancel']) {
      states.push(replaySchema.parse(await post(`${place}/${verb}`, undefined)).state);
    }

    expect(states).toEqual(['paused', 'running', 'cancelled']);
    expectProblem(await send(`${api}/event-store/replay/${uniqueId('replay')}`), 404);
    await send(`${api}/observers/${id}`, { method: 'DELETE' });
  });
});

describe('what the event store says of itself', () => {
  it('is how much it holds, exactly', async () => {
    const type = `counted.${uniqueId('type')}`;
    for (let n = 0; n < 3; n += 1) await takeIn(paymentCreated({ type }));

    await eventually(async () => {
      expect(await get('/metrics/events')).toMatchObject({ event_counts: { [type]: 3 } });
    });
    expect(await get('/metrics')).toMatchObject({ event_counts: { [type]: 3 } });
    expect(await get('/stats')).toMatchObject({
      id: 'event-store',
      event_store_stats: { event_types: { [type]: 3 } },
    });
    expect(await get('/info')).toMatchObject({ name: 'event-store', active: true });
  });

  it('is how deliveries went: failures by type and observer, and times', async () => {
    await using hook = await openWebHook();
    const id = uniqueId('observer');
    const type = `timed.${id}`;
    const retry = { max_attempts: 1, delay_ms: 0 };
    await post('/observers', { id, event_types: [type], endpoint: hook.url, retry }, 201);
    hook.answer(500);
    const first = await takeIn({ type, data: {} });
    await eventually(() => {
      expect(hook.ids()).toEqual([first.id]);
    });
    hook.answer(204);
    await takeIn({ type, data: {} });

    await eventually(async () => {
      expect(await get('/metrics/errors')).toMatchObject({
        error_counts: { [type]: 1 },
        observers: { [id]: 1 },
      });
      const { processing_times: times } = (await get('/metrics/processing-times')) as {
        processing_times: Record<string, { count: number; max: number }>;
      };
      expect(times[type]?.count).toBeGreaterThan(0);
      expect(times[type]?.max).toBeGreaterThan(0);
    });
    await send(`${api}/observers/${id}`, { method: 'DELETE' });
  });
});
