import { z } from 'zod';
import { defineEvent, defineExternalEvent, orderCreated, typeOfDataSchema } from './index';
import { externalForm } from './fields';
import { sampleOf } from './testing';

const parcel = { topic: 'orders', name: 'parcel.sent', summary: 'For these tests only.' } as const;
const parcelSent = defineEvent({
  ...parcel,
  data: { parcel_id: z.string(), weight: z.int().optional() },
});

describe('an event definition', () => {
  it('fills the envelope of a new event', () => {
    const event = parcelSent.create({
      id: 'e-1',
      source: '/post-office',
      subject: 'parcel-1',
      time: new Date('2026-01-01T00:00:00.5Z'),
      correlationid: 'c-1',
      traceparent: 't-1',
      data: { parcel_id: 'parcel-1' },
    });

    expect(event).toEqual({
      specversion: '1.0',
      id: 'e-1',
      source: '/post-office',
      type: 'com.fanfare.parcel.sent.v1',
      subject: 'parcel-1',
      time: '2026-01-01T00:00:00.500Z',
      datacontenttype: 'application/json',
      partitionkey: 'parcel-1',
      correlationid: 'c-1',
      traceparent: 't-1',
      data: { parcel_id: 'parcel-1' },
    });
  });

  it('tells from version 2 on where the schema of its data is found', () => {
    const revised = defineEvent({ ...parcel, version: 2, data: {} });
    const envelope = { id: 'e-1', source: '/post-office', subject: 'parcel-1', time: new Date(0) };
    const { dataschema } = revised.create({
      ...envelope,
      correlationid: 'c-1',
      traceparent: 't-1',
      data: {},
    });

    expect(dataschema).toBe('urn:fanfare:schema:com.fanfare.parcel.sent.v2');
    expect(typeOfDataSchema(dataschema ?? '')).toBe(revised.type);
    expect(typeOfDataSchema('urn:other')).toBe('urn:other');
  });

  it('holds producers to its fields and lets consumers meet new ones', () => {
    const newer = { parcel_id: 'parcel-1', colour: 'brown' };

    expect(parcelSent.schema.safeParse(newer).success).toBe(false);
    expect(parcelSent.parseData(newer)).toEqual(newer);
  });

  it('refuses data without a field that it promises, from whomever', () => {
    expect(() => parcelSent.parseData({})).toThrow(z.ZodError);
    expect(parcelSent.schema.safeParse({}).success).toBe(false);
    expect(parcelSent.external.safeParse({}).success).toBe(false);
  });

  it('knows its own events', () => {
    const event = sampleOf(orderCreated);

    expect([orderCreated.is(event), parcelSent.is(event)]).toEqual([true, false]);
  });

  it('of foreign events makes every field optional, but typed', () => {
    const stamped = defineExternalEvent({
      name: 'parcel.stamped',
      summary: 'For these tests only.',
      data: externalForm('ExternalParcel', { stamps: z.int() }),
    });

    expect(stamped.parseData({ clerk: 'x' })).toEqual({ clerk: 'x' });
    expect(() => stamped.parseData({ stamps: 'two' })).toThrow(z.ZodError);
    expect(stamped.topic).toBeUndefined();
  });
});
