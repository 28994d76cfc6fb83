import { createVirtualClock } from '@fanfare/core';
import { decodeJson, encodeJson } from '../codecs/json';
import { createEvent, type NewEvent } from './create-event';
import { findEventProblems, InvalidEventError } from './validate-event';

const clock = createVirtualClock(new Date('2026-01-02T03:04:05.678Z'));

describe('createEvent', () => {
  it('fills in id and time, so that an event of type and source can be sent', () => {
    const event = createEvent({ type: 'order.created', source: '/orders' });

    expect(findEventProblems(event)).toEqual([]);
    expect(event.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('gives each event an id of its own', () => {
    const ids = Array.from({ length: 1_000 }, () => createEvent({ type: 't', source: '/' }).id);

    expect(new Set(ids).size).toBe(1_000);
  });

  it('takes time and id from whom it is told', () => {
    const event = createEvent({ type: 't', source: '/', id: undefined }, { clock, newId: () => 'e-1' });

    expect(event).toStrictEqual({
      specversion: '1.0',
      type: 't',
      source: '/',
      id: 'e-1',
      time: '2026-01-02T03:04:05.678Z',
    });
  });

  it('keeps what it was given', () => {
    const given = {
      specversion: '1.0',
      type: 't',
      source: '/',
      id: '1',
      time: '2018-04-05T17:31:00.123456789+01:00',
      subject: 's',
      dataschema: 'urn:s',
      datacontenttype: 'text/plain',
      data: 'text',
      correlationid: 'c',
    };

    expect(createEvent(given)).toStrictEqual(given);
  });

  it.each([
    [{ a: 1 }, 'application/json'],
    ['text', 'application/json'],
    [null, 'application/json'],
    [new Uint8Array([1]), 'application/octet-stream'],
    [undefined, undefined],
  ])('knows the content type of %j: %s', (data, datacontenttype) => {
    expect(createEvent({ type: 't', source: '/', data }).datacontenttype).toBe(datacontenttype);
  });

  it.each<[string, Partial<NewEvent>]>([
    ['text', { datacontenttype: 'text/plain', data: 'a "text"' }],
    ['JSON', { data: { a: [1, null, 'x'] } }],
    ['bytes', { data: new Uint8Array([0, 1, 255]) }],
  ])('makes an event whose %s survives the way through JSON', (_, content) => {
    const event = createEvent({ type: 't', source: '/', ...content });

    expect(decodeJson(encodeJson(event))).toEqual(event);
  });

  it('gives an event that nobody can change', () => {
    const given = { type: 't', source: '/', subject: 'before' };

    const event = createEvent(given);
    given.subject = 'after';

    expect(event.subject).toBe('before');
    expect(Object.isFrozen(event)).toBe(true);
  });

  it('knows the type of the data', () => {
    const event = createEvent({ type: 't', source: '/', data: { total: 5 } });

    const total: number | undefined = event.data?.total;

    expect(total).toBe(5);
  });

  it('refuses what makes no valid event', () => {
    expect(() => createEvent({ type: '', source: 'a b', Extension: 'x' })).toThrow(InvalidEventError);
    expect(() => createEvent({ type: 't', source: '/', specversion: '0.3' })).toThrow(
      "specversion: must be '1.0'",
    );
  });
});
