import { z } from 'zod';
import {
  createLift,
  createTypesReadAs,
  defineEvent,
  defineUpcaster,
  jobFailed,
  jobFailedV1,
  liftToNewest,
  type CloudEvent,
} from './index';
import { sampleOf } from './testing';

const base = { topic: 'orders', name: 'parcel.weighed', summary: 'For these tests only.' } as const;
const first = defineEvent({ ...base, version: 1, data: { pounds: z.number() } });
const second = defineEvent({ ...base, version: 2, data: { grams: z.int() } });
const third = defineEvent({ ...base, version: 3, data: { grams: z.int(), scale: z.string() } });

const toGrams = defineUpcaster(first, second, ({ pounds }) => ({ grams: Math.round(pounds * 453.592) }));
const toNamedScale = defineUpcaster(second, third, ({ grams }) => ({ grams, scale: 'unknown' }));

describe('an upcaster', () => {
  it('lifts old data through all versions between, and leaves the rest of the event alone', () => {
    const old = { ...weighed(first.type, { pounds: 2 }), correlationid: 'c-1', comvendor: 'kept' };

    const lifted = createLift([toNamedScale, toGrams])(old);

    expect(lifted).toEqual({
      ...old,
      type: third.type,
      dataschema: 'urn:fanfare:schema:com.fanfare.parcel.weighed.v3',
      data: { grams: 907, scale: 'unknown' },
    });
    expect(old.data).toEqual({ pounds: 2 });
  });

  it('makes of an event of the catalogue what its producer would say today', () => {
    const { job_id, name, mediator } = sampleOf(jobFailedV1).data;
    const untold = { code: 'unknown', message: 'the event did not say why', retryable: false };
    const newest = sampleOf(jobFailed);

    expect(liftToNewest({ ...sampleOf(jobFailedV1), id: newest.id })).toEqual(newest);
    expect(liftToNewest({ ...sampleOf(jobFailedV1), data: { job_id, name, mediator } }).data).toEqual({
      job_id,
      name,
      mediator,
      error: untold,
    });
  });

  it('hands back the newest version and unknown types untouched', () => {
    const lift = createLift([toGrams, toNamedScale]);
    const newest = weighed(third.type, { grams: 5, scale: 'A' });
    const unknown = weighed('com.example.parcel', null);

    expect(lift(newest)).toBe(newest);
    expect(lift(unknown)).toBe(unknown);
  });

  it('refuses data that is not of the old version', () => {
    const lift = createLift([toGrams]);

    expect(() => lift(weighed(first.type, { pounds: 'two' }))).toThrow(z.ZodError);
  });

  it('leads to the next version of the same event only', () => {
    const otherEvent = defineEvent({ ...base, name: 'parcel.sent', version: 2, data: {} });

    expect(() => defineUpcaster(first, third, () => ({ grams: 0, scale: '' }))).toThrow('next version');
    expect(() => defineUpcaster(second, first, () => ({ pounds: 0 }))).toThrow('next version');
    expect(() => defineUpcaster(first, otherEvent, () => ({}))).toThrow('next version');
  });

  it('leads from every older version, so that nobody reads those', () => {
    const typesReadAs = createTypesReadAs([toGrams, toNamedScale]);

    expect(typesReadAs(third.type)).toEqual([third.type, second.type, first.type]);
    expect(typesReadAs('com.example.parcel')).toEqual(['com.example.parcel']);
    expect(() => typesReadAs(first.type)).toThrow(`read as ${second.type}`);
  });

  it('is the only one that begins at its version', () => {
    expect(() => createLift([toGrams, toGrams])).toThrow('two upcasters');
  });
});

function weighed(type: string, data: unknown): CloudEvent {
  return { specversion: '1.0', id: 'e-1', source: '/scales', type, subject: 'parcel-1', data };
}
