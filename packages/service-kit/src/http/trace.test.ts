import { acceptRequestId, parseTraceParent, startSpan } from './trace';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

describe('a request id', () => {
  it.each(['abc', '0190-x/y:z', 'x'.repeat(128)])('is accepted: %s', (id) => {
    expect(acceptRequestId(id)).toBe(id);
  });

  it.each(['', 'a b', 'ü', 'x'.repeat(129), undefined])('is not accepted: %s', (id) => {
    expect(acceptRequestId(id)).toBeUndefined();
  });
});

// the cases of W3C's own tests, https://github.com/w3c/trace-context/blob/main/test/test.py
describe('a traceparent', () => {
  it.each([
    ['as the specification shows it', `00-${traceId}-${parentId}-01`, '01'],
    ['that is not sampled', `00-${traceId}-${parentId}-00`, '00'],
    ['with flags that nobody knows yet', `00-${traceId}-${parentId}-ff`, 'ff'],
    ['of a later version', `cc-${traceId}-${parentId}-01`, '01'],
    ['of a later version, with more behind it', `cc-${traceId}-${parentId}-01-what-the-future-will-be`, '01'],
    ['of a later version, with a dash behind it', `cc-${traceId}-${parentId}-01-`, '01'],
  ])('is read: %s', (_, header, flags) => {
    expect(parseTraceParent(header)).toEqual({ traceId, spanId: parentId, flags });
  });

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['upper case', `00-${traceId.toUpperCase()}-${parentId}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${parentId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['the forbidden version', `ff-${traceId}-${parentId}-01`],
    ['version 00 with more behind it', `00-${traceId}-${parentId}-01-more`],
    ['version 00 with a dash behind it', `00-${traceId}-${parentId}-01-`],
    ['a version with other characters', `.0-${traceId}-${parentId}-01`],
    ['a version of one digit', `0-${traceId}-${parentId}-01`],
    ['a version of three digits', `000-${traceId}-${parentId}-01`],
    ['a trace id with other characters', `00-.${traceId.slice(1)}-${parentId}-01`],
    ['a trace id that is too long', `00-${traceId}0-${parentId}-01`],
    ['a trace id that is too short', `00-${traceId.slice(1)}-${parentId}-01`],
    ['a span id with other characters', `00-${traceId}-.${parentId.slice(1)}-01`],
    ['a span id that is too long', `00-${traceId}-${parentId}0-01`],
    ['a span id that is too short', `00-${traceId}-${parentId.slice(1)}-01`],
    ['flags with other characters', `00-${traceId}-${parentId}-.0`],
    ['flags that are too short', `00-${traceId}-${parentId}-1`],
    ['flags that are too long', `00-${traceId}-${parentId}-001`],
    ['twice, as one header', `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
    ['something behind it without a dash', `cc-${traceId}-${parentId}-01more`],
  ])('is refused: %s', (_, header) => {
    expect(parseTraceParent(header)).toBeUndefined();
  });

  it('is continued in the same trace by a span of our own', () => {
    const spans = [1, 2].map(() => startSpan({ traceId, flags: '00' }));

    const ids = spans.map((span) => {
      expect(span.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
      return span.traceparent;
    });
    expect(new Set([...ids, `00-${traceId}-${parentId}-00`]).size).toBe(3);
  });

  it('is started where there is none', () => {
    const [first, second] = [startSpan(undefined), startSpan(undefined)];

    expect(parseTraceParent(first.traceparent)?.traceId).toBe(first.traceId);
    expect(first.traceId).not.toBe(second.traceId);
  });
});
