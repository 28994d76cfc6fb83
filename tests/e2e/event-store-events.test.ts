import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
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
import { openEventStream } from './support/server-sent-events';

const idsOf = (events: readonly { id: string }[]) => events.map(({ id }) => id);

describe('events that are posted', () => {
  it('come back alike in every way to read them', async () => {
    const correlation_id = uniqueId('correlation');
    const event = paymentCreated({ metadata: { ip: '127.0.0.1' }, correlation_id });
    const { id, position, type } = await takeIn(event);

    const record = await readEvent(id);

    expect(record).toMatchObject({ ...event, id, position, aggregate_id: null, version: null });
    expect(type).toBe('payment.created');
    expect(await get(`/event-store/events/${id}`)).toMatchObject({ id, position });
    const around = `from_position=${position - 1}&limit=1`;
    const byTime = `from=${record.recorded_at}&to=${new Date(Date.now() + 60_000).toISOString()}`;
    for (const path of [
      `/events?${around}`,
      `/event-store/events?${around}`,
      `/events/type/payment.created?${around}`,
      `/events/type/payment.*?${around}`,
      `/events/type/com.fanfare.payment.created.v1?${around}`,
      `/events/range?${byTime}&${around}`,
      `/events?correlation_id=${correlation_id}`,
      `/events?subject=${id}`,
    ]) {
      expect({ path, ids: idsOf(await readEvents(path)) }).toEqual({ path, ids: [id] });
    }
  });

  it('are recorded once: again the first answer, with other content a conflict', async () => {
    const event = paymentCreated({ id: uniqueId('event') });
    const first = await takeIn(event);

    expect(await post('/events', event, 200)).toEqual(first);
    const problem = expectProblem(
      await send(`${api}/events`, { method: 'POST', body: { ...event, data: {} } }),
      409,
    );
    expect(problem.code).toBe('id-reused');
  });

  it('may be CloudEvents: structured, binary, in a batch, compressed', async () => {
    const event = () => ({
      specversion: '1.0',
      id: uniqueId('event'),
      source: '/e2e',
      type: 'com.example.thing',
      data: { n: 1 },
    });
    const structured = event();
    const compressed = event();
    const batch = [event(), event()];
    const binaryId = uniqueId('event');
    const type = 'application/cloudevents+json';

    await ask('POST', '/events', 202, {
      headers: { 'content-type': type },
      body: JSON.stringify(structured),
    });
    const sent = await fetch(`${api}/events`, {
      method: 'POST',
      headers: { 'content-type': type, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(compressed)),
    });
    expect(sent.status).toBe(202);
    const headers = { 'content-type': 'application/cloudevents-batch+json' };
    await ask('POST', '/events', 202, { headers, body: JSON.stringify(batch) });
    const binary = { 'ce-specversion': '1.0', 'ce-source': '/e2e', 'ce-type': 'com.example.thing' };
    await ask('POST', '/events', 202, { headers: { ...binary, 'ce-id': binaryId }, body: { n: 1 } });

    for (const id of [structured.id, compressed.id, ...idsOf(batch), binaryId]) {
      expect(await readEvent(id)).toMatchObject({
        type: 'com.example.thing',
        source: '/e2e',
        data: { n: 1 },
      });
    }
  });

  it('are given out as CloudEvents to those who ask for them', async () => {
    const { id, position } = await takeIn();

    const { body } = await ask('GET', `/events/${id}`, 200, {
      headers: { accept: 'application/cloudevents+json' },
    });

    expect(body).toMatchObject({ id, type: 'com.fanfare.payment.created.v1', position: String(position) });
  });

  it('are walked page by page, each once, while others write', async () => {
    const correlation_id = uniqueId('correlation');
    const posted: string[] = [];
    for (let n = 0; n < 7; n += 1) posted.push((await takeIn(paymentCreated({ correlation_id }))).id);

    const walked: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const page = (await get(`/events?correlation_id=${correlation_id}&limit=3${cursor}`)) as {
        events: { id: string }[];
        next_cursor: string | null;
      };
      walked.push(...idsOf(page.events));
      next = page.next_cursor;
      await takeIn();
    }

    expect(walked).toEqual(posted);
  });

  it('are refused when they are no events, and lists when their parameters are none', async () => {
    for (const body of [{}, { type: '' }, { type: 'a.b', data: {}, unknown: 1 }, 'text']) {
      expectProblem(await send(`${api}/events`, { method: 'POST', body }), 400);
    }
    for (const path of ['?limit=0', '?limit=1001', '?cursor=!', '?nothing=1', '/range', '?from=yesterday']) {
      expectProblem(await send(`${api}/events${path}`), 400);
    }
    expectProblem(await send(`${api}/events/${randomUUID()}`), 404);
  });
});

describe('events that are published into streams', () => {
  it('have versions from 0 on, and are refused where the version is not the next one', async () => {
    const aggregate_id = uniqueId('user');
    const event = {
      type: 'user_created',
      aggregate_id,
      aggregate_type: 'user',
      data: { user_id: aggregate_id },
    };

    expect(await post('/events/publish', { ...event, version: 0 })).toMatchObject({
      message: 'Event published successfully',
      version: 0,
    });
    expect(await post('/events/publish', { ...event, type: 'user.updated' })).toMatchObject({ version: 1 });
    const refused = await send(`${api}/events/publish`, { method: 'POST', body: { ...event, version: 1 } });

    expect(expectProblem(refused, 409)).toMatchObject({ code: 'version-conflict', current_version: 1 });
    const events = await readEvents(`/events/aggregate/${aggregate_id}`);
    expect(events.map(({ type, version }) => [type, version])).toEqual([
      ['user.created', 0],
      ['user.updated', 1],
    ]);
    const second = await readEvents(`/events/aggregate/${aggregate_id}?from_version=1&to_version=1`);
    expect(idsOf(second)).toEqual([events[1]?.id]);
    const around = `from_position=${(events[0]?.position ?? 0) - 1}&limit=1`;
    expect(idsOf(await readEvents(`/events/aggregate-type/user?${around}`))).toEqual([events[0]?.id]);
    expect(await readEvents(`/events/aggregate/${uniqueId('nobody')}`)).toEqual([]);
  });

  it('are appended to several streams all or none', async () => {
    const [from, to] = [uniqueId('account'), uniqueId('account')];
    const append = (aggregate_id: string, expected_version: number | string, type: string) => ({
      aggregate_id,
      aggregate_type: 'custom',
      expected_version,
      events: [{ type, data: { amount: 5 } }],
    });

    const done = await post('/events/append', {
      appends: [append(from, 'none', 'money.withdrawn'), append(to, 'any', 'money.deposited')],
    });
    const refused = await send(`${api}/events/append`, {
      method: 'POST',
      body: { appends: [append(from, 0, 'money.withdrawn'), append(to, 'none', 'money.deposited')] },
    });

    expect(done).toMatchObject({ versions: { [from]: 0, [to]: 0 } });
    expectProblem(refused, 409);
    expect(await readEvents(`/events/aggregate/${from}`)).toHaveLength(1);
  });
});

describe('the stream of events', () => {
  it('gives what follows a position, then what is new, and only what is asked for', async () => {
    const position = await readHead();
    const first = await takeIn();
    await takeIn({ type: 'something.else', data: {} });
    const stream = await openEventStream(`${api}/events/stream?type=payment.*&from_position=${position}`);

    const before = await stream.next();
    const third = await takeIn();
    const after = await stream.next();
    await stream.close();

    expect([before.id, before.event]).toEqual([String(first.position), 'payment.created']);
    expect(JSON.parse(after.data)).toMatchObject({ id: third.id, position: third.position });
  });
});

describe('the schemas of events', () => {
  it('are there for each type of the catalogue, by any of its names', async () => {
    const schema = await get('/schemas/payment.created');

    expect(schema).toMatchObject({ type: 'object' });
    expect(await get('/schemas/com.fanfare.payment.created.v1')).toEqual(schema);
    expectProblem(await send(`${api}/schemas/no.such.type`), 404);
  });
});
