import { createVirtualClock } from '@fanfare/core';
import { fromLegacy } from './from-legacy';

const clock = createVirtualClock(new Date('2026-01-02T03:04:05Z'));

const toEvent = fromLegacy(
  {
    id: 'event_id',
    type: ({ event_type: name }) => `com.example.${String(name)}.v1`,
    source: () => '/shop',
    time: 'timestamp',
    subject: 'order',
    data: 'payload',
  },
  { clock, newId: () => 'new' },
);

describe('fromLegacy', () => {
  it('makes a valid event of an own format', () => {
    const event = toEvent({
      event_id: 'e-1',
      event_type: 'order.created',
      timestamp: '2018-04-05T17:31:00Z',
      order: 'o-1',
      payload: { total: 5 },
    });

    expect(event).toEqual({
      specversion: '1.0',
      id: 'e-1',
      type: 'com.example.order.created.v1',
      source: '/shop',
      time: '2018-04-05T17:31:00Z',
      subject: 'o-1',
      datacontenttype: 'application/json',
      data: { total: 5, event_type: 'order.created' },
    });
  });

  it('fills in what the old object leaves empty', () => {
    expect(toEvent({ event_id: null })).toMatchObject({ id: 'new', time: '2026-01-02T03:04:05.000Z' });
  });

  it('keeps unknown fields: as extensions where they fit, else in the data', () => {
    const event = toEvent({
      payload: { total: 5 },
      tenant: 'acme',
      attempt: 2,
      user_id: 7,
      amount: 1.5,
      tags: ['a'],
      type: 'old',
      note: 'two\nlines',
      empty: null,
      absent_one: undefined,
    });

    expect(event).toMatchObject({ tenant: 'acme', attempt: 2 });
    expect(event.data).toStrictEqual({
      total: 5,
      user_id: 7,
      amount: 1.5,
      tags: ['a'],
      type: 'old',
      note: 'two\nlines',
      empty: null,
    });
  });

  it.each([
    ['no object', 'text', { payload: 'text', user_id: 7 }],
    ['an object with a field of the same name', { user_id: 8 }, { payload: { user_id: 8 }, user_id: 7 }],
    ['absent', undefined, { user_id: 7 }],
  ])('keeps unknown fields beside a payload that is %s', (_, payload, data) => {
    expect(toEvent({ payload, user_id: 7 }).data).toEqual(data);
  });

  it('keeps bytes as they are, and refuses fields that would have no place beside them', () => {
    const bytesOf = fromLegacy({ type: 'kind', source: 'origin', data: 'body' });
    const body = new Uint8Array([1]);

    expect(bytesOf({ kind: 't', origin: '/', body }).data).toBe(body);
    expect(() => bytesOf({ kind: 't', origin: '/', body, user_id: 7 })).toThrow('no place for user_id');
  });

  it.each([undefined, null, 'text', []])('refuses %j, which is no object', (legacy) => {
    expect(() => toEvent(legacy)).toThrow('event: must be an object');
  });

  it('refuses an object of which no valid event comes', () => {
    expect(() => toEvent({ timestamp: 1522949460 })).toThrow('time: must be an RFC 3339 time');
  });

  it('never lets a field reach a prototype', () => {
    const event = toEvent(JSON.parse('{"__proto__":{"admin":true}}'));

    expect(event).not.toHaveProperty('admin');
    expect(event.data).not.toHaveProperty('admin');
    expect(Object.keys(event.data ?? {})).toEqual(['__proto__']);
  });
});
