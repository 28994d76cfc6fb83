import type { CloudEvent } from '@fanfare/cloudevents';
import { hasCode, PermanentError } from '@fanfare/core';
import type { LogEvent } from '@fanfare/storage';
import { compileObserver } from './compile-observer';
import type { Observer } from './observer';
import { sampleObserver } from './testing/sample-observer';

function logged(event: Partial<CloudEvent> = {}): LogEvent {
  return {
    position: 12,
    stream: { id: 'p-1', type: 'payment' },
    version: 3,
    recordedAt: new Date('2026-01-02T00:00:00.000Z'),
    isErased: false,
    event: {
      specversion: '1.0',
      id: 'e-1',
      source: '/shop',
      type: 'com.fanfare.payment.created.v1',
      subject: 'p-1',
      time: '2026-01-01T12:00:00.123456Z',
      ...event,
    },
  };
}

function matches(observer: Partial<Observer>, event: Partial<CloudEvent> = {}): boolean {
  return compileObserver(sampleObserver(observer)).matches(logged(event));
}

function transform(expression: string | null, event: Partial<CloudEvent> = {}): Promise<unknown> {
  return compileObserver(sampleObserver({ transform: expression })).transform(logged(event));
}

const created = 'com.fanfare.payment.created.v1';
const updated = 'com.fanfare.payment.updated.v1';

describe('an observer', () => {
  it.each([
    [['payment.created'], true],
    [['payment_created'], true],
    [[created], true],
    [['payment.*'], true],
    [['*'], true],
    [['order.created', 'payment.created'], true],
    [['payment.updated'], false],
    [[], false],
  ])('of %j is told of a payment.created: %j', (eventTypes, expected) => {
    expect(matches({ eventTypes })).toBe(expected);
  });

  it('is told of types that no catalogue knows by their own name', () => {
    expect(matches({ eventTypes: ['game.won'] }, { type: 'game.won' })).toBe(true);
    expect(matches({ eventTypes: ['game.*'] }, { type: 'game.won' })).toBe(true);
  });

  it.each<[Observer['filters'], boolean]>([
    [[{ exact: { type: 'payment.created' } }], true],
    [[{ exact: { type: created } }], true],
    [[{ prefix: { type: 'payment.' } }], true],
    [[{ prefix: { type: 'com.fanfare.' } }], true],
    [[{ suffix: { type: '.created' } }], true],
    [[{ suffix: { type: '.created.v1' } }], true],
    [[{ exact: { type: 'payment.updated' } }], false],
    [[{ sql: "type = 'payment.created'" }], true],
    [[{ sql: `type = '${created}'` }], true],
    [[{ sql: "type LIKE 'payment.%' AND subject = 'p-1'" }], true],
    [[{ sql: "type IN ('payment.updated', 'payment.created')" }], true],
    [[{ sql: "type = 'payment.updated'" }], false],
    [[{ prefix: { type: 'payment.' } }, { exact: { subject: 'p-1' } }], true],
    [[{ prefix: { type: 'payment.' } }, { exact: { subject: 'p-2' } }], false],
    [[{ any: [{ exact: { subject: 'p-2' } }, { all: [{ exact: { type: 'payment.created' } }] }] }], true],
  ])('with the filters %j is told of a payment.created: %j', (filters, expected) => {
    expect(matches({ filters })).toBe(expected);
  });

  it.each<Observer['filters']>([
    [{ not: { exact: { type: 'payment.created' } } }],
    [{ not: { exact: { type: created } } }],
    [{ not: { any: [{ prefix: { type: 'payment.c' } }, { exact: { subject: 'x' } }] } }],
    [{ sql: "type <> 'payment.created'" }],
    [{ sql: `type <> '${created}'` }],
    [{ sql: "NOT (type LIKE 'payment.c%')" }],
    [{ sql: "NOT (type LIKE 'com.fanfare.payment.c%')" }],
    [{ sql: "type NOT IN ('payment.created')" }],
  ])('with the filter %j is told of everything but payment.created, however that is spelled', (filter) => {
    const filters = [filter];

    expect(matches({ filters }, { type: created })).toBe(false);
    expect(matches({ filters }, { type: updated })).toBe(true);
  });

  it('with a filter by data is told of exactly those events whose data fits', () => {
    const over = { filters: [{ sql: 'amount > 1000' }] };
    const amounts = [999.99, 1_000, 1_000.01, 1_500, 9_000_000_000, '1200', 'much', null, undefined];

    const told = amounts.filter((amount) => matches(over, { data: { amount, currency: 'USD' } }));

    expect(told).toEqual([1_000.01, 1_500, 9_000_000_000, '1200']);
    expect(matches(over, {})).toBe(false);
    expect(matches({ filters: [{ sql: "currency = 'EUR'" }] }, { data: { currency: 'USD' } })).toBe(false);
    expect(matches({ filters: [{ exact: { currency: 'USD' } }] }, { data: { currency: 'USD' } })).toBe(true);
  });

  it('takes no field of the data for an attribute that the event has, or that the specification defines', () => {
    const data = { source: '/evil', subject: 'p-9', time: 'never' };

    expect(matches({ filters: [{ exact: { source: '/evil' } }] }, { data })).toBe(false);
    expect(matches({ filters: [{ sql: 'EXISTS subject' }] }, { subject: undefined, data })).toBe(false);
  });

  it('sees in its filters where the event stands in the log and in its stream', () => {
    expect(matches({ filters: [{ exact: { position: '12' } }, { sql: 'streamversion = 3' }] })).toBe(true);
  });
});

describe('a transform', () => {
  it('makes the data that is delivered, from the event with the name of its type', async () => {
    const expression =
      '{ "what": type, "of": subject, "who": $uppercase(data.user.name), "id": id, "at": time }';

    expect(await transform(expression, { data: { user: { name: 'ann' } } })).toEqual({
      what: 'payment.created',
      of: 'p-1',
      who: 'ANN',
      id: 'e-1',
      at: '2026-01-01T12:00:00.123456Z',
    });
  });

  it('leaves the stored event as it is', async () => {
    const event = logged({ data: { list: [3, 1, 2] } });
    const observer = compileObserver(sampleObserver({ transform: '$sort(data.list)' }));

    expect(await observer.transform(event)).toEqual([1, 2, 3]);
    expect(event.event.data).toEqual({ list: [3, 1, 2] });
  });

  it('is the data itself when there is none, and nothing when the expression yields nothing', async () => {
    expect(await transform(null, { data: { a: 1 } })).toEqual({ a: 1 });
    expect(await transform('data.nothing', { data: { a: 1 } })).toBeUndefined();
    expect(await transform('data', {})).toBeUndefined();
  });

  it('sees bytes as Base64', async () => {
    expect(await transform('data', { data: Uint8Array.of(1, 2, 3) })).toBe('AQID');
  });

  it('that is no JSONata is a fault with the place of the mistake, and is told of nothing', async () => {
    const broken = compileObserver(sampleObserver({ transform: '{ "a": data.x' }));

    expect(broken.fault).toBe('Expected "}" before end of expression at character 13');
    expect(broken.matches(logged())).toBe(false);
    await expect(broken.transform(logged())).rejects.toThrow(PermanentError);
  });

  it.each([
    ['a recursion without end', '($f := function($x) { 1 + $f($x) }; $f(1))', 'Stack overflow'],
    ['too long a sequence', '[1..1000000]', 'maximum sequence length'],
    ['too long a result', "$pad('', 2000000)", 'more than 1048576 characters'],
    ['an operation that is not defined', "1 + 'a'", 'must evaluate to a number'],
  ])('fails for good on %s', async (_, expression, message) => {
    const failure = transform(expression);

    await expect(failure).rejects.toThrow(PermanentError);
    await expect(failure).rejects.toThrow(message);
  });

  it.each([
    ['a loop', '($f := function($x) { $f($x + 1) }; $f(1))'],
    ['a regular expression', `$match("${'a'.repeat(50)}!", /^(a+)+$/)`],
    ['a picture of a time', `$toMillis("${'1'.repeat(200)}x", "[f1][f1][f1][f1][f1][f1]")`],
    ['memory', `$map([1..9000], function($i) { $reverse($split($pad('', 90000), '')) })`],
  ])('that takes too much in %s is stopped, and the next one runs', async (_, expression) => {
    const failure = await transform(expression).catch((error: unknown) => error);

    expect(hasCode(failure, 'internal')).toBe(true);
    expect(await transform('data.a', { data: { a: 1 } })).toBe(1);
  });

  it('holds up nothing else while it runs', async () => {
    let isDone = false;
    const failure = transform('($f := function($x) { $f($x + 1) }; $f(1))').catch(() => (isDone = true));

    await new Promise((resolve) => setImmediate(resolve));

    expect(isDone).toBe(false);
    await failure;
  });
});
