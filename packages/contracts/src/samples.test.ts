import {
  catalogue,
  cloudEventSchema,
  findEventDefinition,
  liftToNewest,
  resolveEventType,
  eventNameOf,
} from './index';
import { readSamples, sampleNameOf } from './testing';

const samples = [...readSamples()];

describe('the golden samples', () => {
  it('are one or more for each event version, and nothing else', () => {
    const sampled = new Set(samples.map(([name]) => withoutLabel(name)));

    expect([...sampled].toSorted()).toEqual(catalogue.map(sampleNameOf).toSorted());
  });

  it.each(samples)('%s stays what it is when it is read, checked and written again', (_name, json) => {
    const event = cloudEventSchema.parse(JSON.parse(JSON.stringify(json)));
    const definition = findEventDefinition(event.type);

    const read = { ...event, data: definition?.parseData(event.data) };

    expect(read).toStrictEqual(json);
  });

  it.each(samples)('%s lies under the name and version of its type', (name, json) => {
    const { type } = cloudEventSchema.parse(json);

    expect(type).toBe(`com.fanfare.${withoutLabel(name)}`);
  });

  it.each(samples)('%s satisfies the strict schema of its newest version', (_name, json) => {
    const lifted = liftToNewest(cloudEventSchema.parse(json));
    const newest = findEventDefinition(resolveEventType(eventNameOf(lifted.type)));

    expect(newest?.type).toBe(lifted.type);
    expect(newest?.schema.parse(lifted.data)).toEqual(lifted.data);
  });

  it.each(samples)('%s has the key that its producer gives it', (_name, json) => {
    const event = cloudEventSchema.parse(json);
    const { id, source, subject = '', correlationid = '', traceparent = '', time = 0, data } = event;
    const definition = findEventDefinition(event.type);

    const envelope = { id, source, subject, correlationid, traceparent, time: new Date(time) };
    const made = definition?.create({ ...envelope, data: definition.parseData(data) });

    expect(made?.partitionkey).toBe(event.partitionkey);
  });

  it.each(samples)('%s can be handed in from outside as it is', (_name, json) => {
    const event = cloudEventSchema.parse(json);

    expect(findEventDefinition(event.type)?.external.parse(event.data)).toEqual(event.data);
  });
});

/** `order.created.v1.with-coupon`, a further sample, → `order.created.v1`. */
function withoutLabel(sampleName: string): string {
  return sampleName.replace(/(\.v\d+)\.[\w-]+$/, '$1');
}
