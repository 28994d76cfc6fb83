import type { CloudEvent } from '../event/cloud-event';
import { compileFilter, FilterError, maxFilterDepth } from './compile-filter';

const event: CloudEvent = {
  specversion: '1.0',
  id: '1',
  source: '/orders',
  type: 'com.fanfare.order.created',
  tenant: 'a',
  attempt: 12,
  urgent: true,
  data: 'secret',
};

function passes(...filters: readonly unknown[]): boolean {
  return compileFilter(filters)(event);
}

function errorOf(filters: unknown): FilterError {
  try {
    compileFilter(filters);
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
  throw new Error('the filters compile');
}

function nested(levels: number): unknown {
  return levels === 0 ? { exact: { tenant: 'a' } } : { not: nested(levels - 1) };
}

describe('a filter', () => {
  it.each([
    [{ exact: { type: 'com.fanfare.order.created' } }, true],
    [{ exact: { type: 'com.fanfare.order' } }, false],
    [{ exact: { type: 'COM.FANFARE.ORDER.CREATED' } }, false],
    [{ prefix: { type: 'com.fanfare.order.' } }, true],
    [{ prefix: { type: 'order' } }, false],
    [{ suffix: { type: '.created' } }, true],
    [{ suffix: { type: '.shipped' } }, false],
    [{ prefix: { type: 'com.', tenant: 'a' } }, true],
    [{ prefix: { type: 'com.', tenant: 'b' } }, false],
    [{ exact: { attempt: '12', urgent: 'true' } }, true],
    [{ prefix: { attempt: '1' } }, true],
    [{ all: [{ exact: { tenant: 'a' } }, { suffix: { type: 'created' } }] }, true],
    [{ all: [{ exact: { tenant: 'a' } }, { suffix: { type: 'shipped' } }] }, false],
    [{ any: [{ exact: { tenant: 'b' } }, { suffix: { type: 'created' } }] }, true],
    [{ any: [{ exact: { tenant: 'b' } }, { suffix: { type: 'shipped' } }] }, false],
    [{ not: { exact: { tenant: 'b' } } }, true],
    [{ not: { not: { exact: { tenant: 'a' } } } }, true],
    [{ sql: "tenant = 'a' AND attempt > 3" }, true],
    [{ sql: 'urgent' }, true],
    [{ sql: "tenant = 'b'" }, false],
  ])('%j is %j', (filter, expected) => {
    expect(passes(filter)).toBe(expected);
  });

  it('about an attribute that the event lacks is false, and its negation true', () => {
    expect(passes({ exact: { subject: 'x' } })).toBe(false);
    expect(passes({ not: { prefix: { subject: 'x' } } })).toBe(true);
    expect(passes({ not: { sql: "subject = 'x'" } })).toBe(true);
  });

  it('passes no event for which its expression fails, whatever the value', () => {
    expect(passes({ sql: 'NOT tenant' })).toBe(false);
    expect(passes({ sql: 'TRUE OR 1 / 0 = 1' })).toBe(true);
    expect(passes({ sql: '1 / 0 = 0 OR TRUE' })).toBe(false);
  });

  it('may call functions of the user', () => {
    const isEven = {
      name: 'IS_EVEN',
      parameters: ['Integer'],
      returns: 'Boolean',
      evaluate: (number: number) => number % 2 === 0,
    } as const;

    expect(compileFilter([{ sql: 'IS_EVEN(attempt)' }], { functions: [isEven] })(event)).toBe(true);
  });

  it('does not take what every object inherits for an attribute', () => {
    expect(passes({ prefix: { constructor: 'f' } })).toBe(false);
  });
});

describe('a list of filters', () => {
  it('lets an event pass when all do, and every event when it is empty', () => {
    expect(passes()).toBe(true);
    expect(passes({ exact: { tenant: 'a' } }, { prefix: { type: 'com.' } })).toBe(true);
    expect(passes({ exact: { tenant: 'a' } }, { prefix: { type: 'org.' } })).toBe(false);
  });

  it.each([
    [undefined, '', 'filters must be an array'],
    [{ exact: { type: 'x' } }, '', 'filters must be an array'],
    [[null], '[0]', 'must be an object'],
    [['exact'], '[0]', 'must be an object'],
    [[[]], '[0]', 'must be an object'],
    [[{}], '[0]', 'exactly one dialect of exact, prefix, suffix, all, any, not, sql'],
    [[{ exact: { type: 'x' }, not: {} }], '[0]', 'exactly one dialect'],
    [[{ regex: 'x' }], '[0]', 'unknown dialect "regex", known are exact, prefix, suffix, all, any, not, sql'],
    [[{ exact: {} }], '[0].exact', 'at least one attribute'],
    [[{ exact: 'type' }], '[0].exact', 'must be an object'],
    [[{ exact: { Type: 'x' } }], '[0].exact', '"Type" is not the name of an attribute'],
    [[{ exact: { data: 'x' } }], '[0].exact', '"data" is not the name of an attribute'],
    [[{ prefix: { type: '' } }], '[0].prefix.type', 'a string that is not empty'],
    [[{ suffix: { attempt: 12 } }], '[0].suffix.attempt', 'a string that is not empty'],
    [[{ all: [] }], '[0].all', 'at least one filter'],
    [[{ any: {} }], '[0].any', 'must be an array'],
    [[{ not: [{ exact: { type: 'x' } }] }], '[0].not', 'must be an object'],
    [
      [{ exact: { type: 'x' } }, { all: [{ not: { prefix: { type: 1 } } }] }],
      '[1].all[0].not.prefix.type',
      'string',
    ],
    [[{ sql: 5 }], '[0].sql', 'an expression must be a string'],
    [JSON.parse('[{"__proto__": {"type": "x"}}]'), '[0]', 'unknown dialect "__proto__"'],
    [
      JSON.parse('[{"exact": {"__proto__": "x"}}]'),
      '[0].exact',
      '"__proto__" is not the name of an attribute',
    ],
    [[{ constructor: {} }], '[0]', 'unknown dialect "constructor"'],
    [[,], '[0]', 'must be an object'],
  ])('%j is refused at "%s": %s', (filters, path, message) => {
    const error = errorOf(filters);

    expect(error).toMatchObject({ code: 'invalid', path });
    expect(error.message).toContain(message);
  });

  it('names the place in an expression that does not parse', () => {
    const error = errorOf([{ any: [{ sql: "tenant = 'a' AND\n  (urgent OR" }] }]);

    expect(error.path).toBe('[0].any[0].sql');
    expect(error.position).toEqual({ offset: 29, line: 2, column: 13 });
    expect(error.message).toBe(
      '[0].any[0].sql: expected an expression but found the end of the expression at line 2, column 13',
    );
  });

  it('refuses an expression with a function that does not exist', () => {
    expect(errorOf([{ sql: 'urgent OR NOPE(1)' }]).message).toBe(
      '[0].sql: there is no function NOPE of 1 arguments at line 1, column 11',
    );
  });

  it('may nest filters to a limit', () => {
    expect(passes(nested(maxFilterDepth))).toBe(true);
    expect(errorOf([nested(maxFilterDepth + 1)]).message).toContain(`more than ${maxFilterDepth} levels`);
    expect(errorOf([nested(1_000)]).message).toContain(`more than ${maxFilterDepth} levels`);
  });
});
