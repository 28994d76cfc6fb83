import * as fc from 'fast-check';
import { isJsonObject } from './json-object';
import { mergePatch } from './merge-patch';

const json = fc.jsonValue({ maxDepth: 3 });

function hasNull(value: unknown): boolean {
  return value === null || (isJsonObject(value) && Object.values(value).some(hasNull));
}

describe('a JSON merge patch', () => {
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('of %s with %s is what appendix A of RFC 7396 says', (target, patch, result) => {
    expect(mergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it('applied twice does what it does once, and changes neither side', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = mergePatch(target, patch);

        expect(mergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });

  it('without a null is contained in its result', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        fc.pre(!hasNull(patch));
        expect(mergePatch(mergePatch(target, patch), {})).toMatchObject(isJsonObject(patch) ? patch : {});
      }),
    );
  });

  it('never reaches a prototype', () => {
    const patch: unknown = JSON.parse('{"__proto__":{"admin":true},"a":{"__proto__":{"admin":true},"b":1}}');

    const merged = mergePatch({}, patch);

    expect(JSON.stringify(merged)).toBe('{"a":{"b":1}}');
    expect(merged).not.toHaveProperty('admin');
    expect({}).not.toHaveProperty('admin');
  });
});
