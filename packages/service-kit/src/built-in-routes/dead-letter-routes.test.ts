import type { ParkedEvent } from '@fanfare/messaging';
import { fakeConsumer, fakeParkedEvents, hostForTest, parkedEvent, serviceWith } from '../testing';

function hostWith(groups: Readonly<Record<string, ParkedEvent[]>>) {
  const consumers = Object.entries(groups).map(([group, events]) =>
    fakeConsumer({ group, parked: fakeParkedEvents(events) }),
  );
  return hostForTest(() => serviceWith({ consumers }));
}

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

describe('dead letters', () => {
  it('are listed over all groups, in the order in which they failed, page by page', async () => {
    await using service = await hostWith({
      analytics: [parkedEvent({ id: 'a1', failedAt: at(1) }), parkedEvent({ id: 'a3', failedAt: at(3) })],
      mail: [
        parkedEvent({ id: 'm2', failedAt: at(2) }),
        parkedEvent({ id: 'm4', state: 'parked', failedAt: at(4) }),
      ],
    });
    const idsOf = async (query: string) => {
      const { body } = await service.request(`/dead-letters${query}`);
      return (body as readonly { readonly id: string }[]).map(({ id }) => id);
    };

    expect(await idsOf('')).toEqual(['a1', 'm2', 'a3']);
    expect(await idsOf('?limit=1&offset=1')).toEqual(['m2']);
    expect(await idsOf('?group=analytics')).toEqual(['a1', 'a3']);
    expect(await idsOf('?state=parked')).toEqual(['m4']);
    expect(await idsOf('?group=nobody')).toEqual([]);
  });

  it('are listed from any offset as one list, while nobody loads more than a page', async () => {
    const seconds = Array.from({ length: 60 }, (_, second) => second);
    const groupOf = (second: number) => (second < 20 || second % 5 === 0 ? 'analytics' : 'mail');
    const asked: number[] = [];
    const consumers = ['analytics', 'mail', 'idle'].map((group) => {
      const own = seconds.filter((second) => groupOf(second) === group);
      const parked = fakeParkedEvents(
        own.map((second) => parkedEvent({ id: `${second}`, failedAt: at(second) })),
      );
      const list: typeof parked.list = (options) => {
        asked.push(options.limit);
        return parked.list(options);
      };
      return fakeConsumer({ group, parked: { ...parked, list } });
    });
    await using service = await hostForTest(() => serviceWith({ consumers }));

    for (let offset = 0; offset <= 61; offset += 1) {
      const { body } = await service.request(`/dead-letters?limit=3&offset=${offset}`);
      const ids = (body as readonly { readonly id: string }[]).map(({ id }) => Number(id));
      expect(ids).toEqual(seconds.slice(offset, offset + 3));
    }

    expect(Math.max(...asked)).toBe(3);
  });

  it('show what failed and why', async () => {
    await using service = await hostWith({ analytics: [parkedEvent()] });

    expect((await service.request('/dead-letters/d-1')).body).toEqual({
      id: 'd-1',
      group: 'analytics',
      topic: 'orders',
      partition: 0,
      sequence: 7,
      event_id: 'e-7',
      event_type: 'com.fanfare.order.created.v1',
      key: 'o-1',
      state: 'dead',
      attempts: 10,
      next_attempt_at: null,
      reason: 'it does not fit',
      failed_at: '2026-01-01T00:00:00.000Z',
      content_type: 'application/cloudevents+json',
      event: { id: 'e-7' },
    });
  });

  it('show bytes that are no JSON as they came', async () => {
    await using service = await hostWith({
      analytics: [parkedEvent({ body: Buffer.from('{"id":'), eventId: null })],
    });

    expect((await service.request('/dead-letters/d-1')).body).toMatchObject({
      event_id: null,
      body_base64: Buffer.from('{"id":').toString('base64'),
    });
  });

  it('show bytes that no key opens as they are kept, and say so', async () => {
    const body = Buffer.from('sealed:older:AAAA');
    await using service = await hostWith({ analytics: [parkedEvent({ body }), parkedEvent({ id: 'd-2' })] });

    expect((await service.request('/dead-letters')).body).toHaveLength(2);
    expect((await service.request('/dead-letters/d-1')).body).toMatchObject({
      is_sealed: true,
      body_base64: body.toString('base64'),
    });
    expect((await service.request('/dead-letters/d-2')).body).not.toHaveProperty('is_sealed');
  });

  it('are tried again, one as it is', async () => {
    const events = [parkedEvent(), parkedEvent({ id: 'd-2' })];
    await using service = await hostWith({ analytics: events });

    const redrive = () => service.request('/dead-letters/d-1/redrive', { method: 'POST' });

    expect(await redrive()).toMatchObject({ status: 200, body: { redriven: 1 } });
    expect(events.map(({ state, body }) => [state, body.toString()])).toEqual([
      ['parked', '{"id":"e-7"}'],
      ['dead', '{"id":"e-7"}'],
    ]);
    expect(await redrive()).toMatchObject({ status: 409, body: { code: 'conflict' } });
  });

  it('are tried again, one corrected', async () => {
    const events = [parkedEvent()];
    await using service = await hostWith({ analytics: events });

    const { status } = await service.request('/dead-letters/d-1/redrive', {
      method: 'POST',
      body: { event: { id: 'e-7', data: { ok: true } } },
    });

    expect([status, events[0]?.body.toString()]).toEqual([200, '{"id":"e-7","data":{"ok":true}}']);
  });

  it('are tried again or dropped for good, all of every group or of one', async () => {
    const [analytics, mail] = [[parkedEvent()], [parkedEvent({ id: 'm-1' }), parkedEvent({ id: 'm-2' })]];
    await using service = await hostWith({ analytics, mail });

    const redriven = await service.request('/dead-letters/redrive?group=analytics', { method: 'POST' });
    const dropped = await service.request('/dead-letters', { method: 'DELETE' });

    expect([redriven.body, dropped.body]).toEqual([{ redriven: 1 }, { dropped: 2 }]);
    expect([analytics.map(({ state }) => state), mail]).toEqual([['parked'], []]);
  });

  it('are dropped one by one', async () => {
    const events = [parkedEvent(), parkedEvent({ id: 'd-2', state: 'parked' })];
    await using service = await hostWith({ analytics: events });
    const drop = (id: string) => service.request(`/dead-letters/${id}`, { method: 'DELETE' });

    expect(await drop('d-1')).toMatchObject({ status: 200, body: { dropped: 1 } });
    expect(await drop('d-1')).toMatchObject({ status: 404 });
    expect(await drop('d-2')).toMatchObject({ status: 409 });
    expect(events).toHaveLength(1);
  });

  it('are an empty list where a service consumes nothing', async () => {
    await using service = await hostWith({});

    expect(await service.request('/dead-letters')).toMatchObject({ status: 200, body: [] });
  });
});
