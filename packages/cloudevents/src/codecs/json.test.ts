import fc from 'fast-check';
import invalidBatches from '../../conformance/ce-json/invalid-batches.json';
import invalidEvents from '../../conformance/ce-json/invalid-events.json';
import validBatches from '../../conformance/ce-json/valid-batches.json';
import validEvents from '../../conformance/ce-json/valid-events.json';
import { InvalidEventError } from '../event/validate-event';
import { arbitraryEvent } from '../testing/arbitrary-event';
import { problemsOf } from '../testing/problems-of';
import { decodeJson, decodeJsonBatch, encodeJson, encodeJsonBatch, fromJson } from './json';

const minimal = { specversion: '1.0', id: 'e-1', source: '/orders', type: 'order.created' };

describe('JSON format against the official cases', () => {
  it('has all 43 of them', () => {
    const counts = [validEvents, invalidEvents, validBatches, invalidBatches].map(
      ({ tests }) => tests.length,
    );
    expect(counts).toEqual([10, 25, 5, 3]);
  });

  it.each(validEvents.tests)('takes the event $id, with each attribute that is not null', ({ event }) => {
    const present = Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));

    expect(decodeJson(JSON.stringify(event))).toStrictEqual(present);
  });

  it.each(invalidEvents.tests)('refuses the event $id', ({ event }) => {
    expect(() => decodeJson(JSON.stringify(event))).toThrow(InvalidEventError);
  });

  it.each(validBatches.tests)('takes the batch $id', ({ batch }) => {
    expect(decodeJsonBatch(JSON.stringify(batch))).toStrictEqual(batch);
  });

  it.each(invalidBatches.tests)('refuses the batch $id', ({ batch }) => {
    expect(() => decodeJsonBatch(JSON.stringify(batch))).toThrow(InvalidEventError);
  });
});

describe('JSON format', () => {
  it('gives back any valid event as it was', () => {
    fc.assert(
      fc.property(arbitraryEvent(), (event) => {
        expect(decodeJson(encodeJson(event))).toStrictEqual(event);
        expect(decodeJson(Buffer.from(encodeJson(event)))).toStrictEqual(event);
      }),
    );
  });

  it('gives back any batch of valid events as it was', () => {
    fc.assert(
      fc.property(fc.array(arbitraryEvent(), { maxLength: 5 }), (events) => {
        expect(decodeJsonBatch(encodeJsonBatch(events))).toStrictEqual(events);
      }),
    );
  });

  it('answers any input with an event or an InvalidEventError', () => {
    const hostile = fc.oneof(
      fc.uint8Array(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.dictionary(fc.string(), fc.jsonValue()).map((extra) => JSON.stringify({ ...minimal, ...extra })),
      arbitraryEvent().map((event) => encodeJson(event).slice(1)),
    );

    fc.assert(
      fc.property(hostile, (input) => {
        expectRefusedOrTaken(() => decodeJson(input));
        expectRefusedOrTaken(() => decodeJsonBatch(input));
      }),
    );
  });

  it('carries bytes as Base64 whatever their type', () => {
    const event = {
      ...minimal,
      datacontenttype: 'application/json',
      data: new Uint8Array([0, 255]),
    } as const;

    const json = encodeJson({ ...event, specversion: '1.0' });

    expect(JSON.parse(json)).toEqual({
      ...minimal,
      datacontenttype: 'application/json',
      data_base64: 'AP8=',
    });
    expect(decodeJson(json).data).toStrictEqual(new Uint8Array([0, 255]));
  });

  it('takes empty bytes', () => {
    expect(fromJson({ ...minimal, data_base64: '' }).data).toStrictEqual(new Uint8Array());
  });

  it('tells null data from absent data', () => {
    expect(fromJson({ ...minimal, data: null, subject: null })).toStrictEqual({ ...minimal, data: null });
    expect(fromJson({ ...minimal, data: 1, data_base64: null })).toStrictEqual({ ...minimal, data: 1 });
    expect(encodeJson({ ...minimal, specversion: '1.0', data: null })).toContain('"data":null');
  });

  it('never reads a string of JSON data a second time', () => {
    expect(decodeJson(JSON.stringify({ ...minimal, data: '{"a":1}' })).data).toBe('{"a":1}');
  });

  it.each(['TWE', 'TWE==', 'T WE=', 'TWF=', '-_8=', 'TWE=\n', 'ü', 5, {}])(
    'refuses %j as Base64, and says what else is wrong',
    (base64) => {
      expect(problemsOf(() => fromJson({ ...minimal, id: '', data_base64: base64 }))).toEqual([
        { attribute: 'data_base64', reason: 'must be Base64 (RFC 4648 §4) with padding' },
        { attribute: 'id', reason: 'must be a non-empty string' },
      ]);
    },
  );

  it('refuses data of a type that is not JSON unless it is text or bytes', () => {
    const json = { ...minimal, datacontenttype: 'text/plain', data: { a: 1 } };

    expect(problemsOf(() => fromJson(json)).map(({ attribute }) => attribute)).toEqual(['data']);
  });

  it('names the index of each wrong event of a batch', () => {
    const batch = [minimal, { ...minimal, source: '' }, minimal, 'text', { ...minimal, id: 1, time: 'noon' }];

    expect(
      problemsOf(() => decodeJsonBatch(JSON.stringify(batch))).map(({ attribute }) => attribute),
    ).toEqual(['[1].source', '[3].event', '[4].id', '[4].time']);
  });

  it.each([
    ['malformed JSON', '{"id":', 'must be well-formed JSON'],
    ['nothing', '', 'must be well-formed JSON'],
    ['a byte order mark', Buffer.from('\ufeff{}'), 'must be well-formed JSON'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'must be UTF-8'],
    ['a list', '[]', 'must be an object'],
    ['a string', '"event"', 'must be an object'],
    ['null', 'null', 'must be an object'],
  ])('refuses %s as an event', (_, json, reason) => {
    expect(problemsOf(() => decodeJson(json))).toEqual([{ attribute: 'event', reason }]);
  });

  it('refuses what is no list as a batch', () => {
    expect(problemsOf(() => decodeJsonBatch(JSON.stringify(minimal)))).toEqual([
      { attribute: 'batch', reason: 'must be an array of events' },
    ]);
  });

  it('answers a batch of a million wrong events briefly', () => {
    const problems = problemsOf(() => decodeJsonBatch(`[${'1,'.repeat(999_999)}1]`));

    expect(problems).toHaveLength(100);
  });

  it('refuses a __proto__ member, and keeps one inside data away from the prototype', () => {
    const attack = decodeJson(
      `{"specversion":"1.0","id":"1","source":"/","type":"t","data":{"__proto__":{"admin":true}}}`,
    );

    expect(Object.keys(attack.data ?? {})).toEqual(['__proto__']);
    expect(attack.data).not.toHaveProperty('admin');
    for (const rest of ['', ',"subject":null', ',"data_base64":""']) {
      const json = `{"specversion":"1.0","id":"1","source":"/","type":"t","__proto__":{"time":"noon"}${rest}}`;
      expect(problemsOf(() => decodeJson(json))).toMatchObject([{ attribute: '__proto__' }]);
    }
  });

  it('reads data of any depth, and refuses to write what JSON cannot hold', () => {
    const depth = 100_000;
    const deep = decodeJson(
      `${JSON.stringify(minimal).slice(0, -1)},"data":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    );
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;

    for (const data of [deep.data, circular, { amount: 1n }]) {
      expect(problemsOf(() => encodeJson({ ...minimal, specversion: '1.0', data }))).toMatchObject([
        { attribute: 'data' },
      ]);
    }
  });
});

function expectRefusedOrTaken(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEventError);
  }
}
