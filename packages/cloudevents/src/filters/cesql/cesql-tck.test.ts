import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { CloudEvent } from '../../event/cloud-event';
import { FilterError } from '../filter-error';
import { compileCesql } from './compile-cesql';
import type { CesqlValue } from './types';

interface Suite {
  readonly name: string;
  readonly tests: readonly Case[];
}

interface Case {
  readonly name: string;
  readonly expression: string;
  readonly event?: CloudEvent;
  readonly eventOverrides?: Readonly<Record<string, unknown>>;
  readonly result?: CesqlValue;
  readonly error?: string;
}

/** As text, `TRUE` and `1` are the expressions that they are for the language; as values they are not even strings. */
function readSuite(file: string): Suite {
  const text = readFileSync(join(folder, file), 'utf8');
  const { name, tests } = parse(text) as Suite;
  const { tests: asText } = parse(text, { schema: 'failsafe' }) as Suite;
  return {
    name,
    tests: tests.map((test, index) => ({ ...test, expression: asText[index]?.expression ?? '' })),
  };
}

const folder = join(__dirname, '../../../conformance/cesql_tck');
const suites = readdirSync(folder).map(readSuite);
const sample: CloudEvent = { specversion: '1.0', id: '1', source: '/source', type: 'com.example.sample' };

function evaluate({ expression, event = sample, eventOverrides }: Case) {
  try {
    const { value, error } = compileCesql(expression).evaluate({ ...event, ...eventOverrides });
    return { value, error: error?.kind };
  } catch (error) {
    if (error instanceof FilterError) return { value: false, error: 'parse' };
    throw error;
  }
}

describe('the official CESQL 1.0 test kit', () => {
  let evaluated = 0;

  describe.each(suites)('$name', ({ tests }) => {
    it.each(tests)('$name', (testCase) => {
      evaluated += 1;
      const { value, error } = evaluate(testCase);

      expect(error).toBe(testCase.error);
      expect(value).toBe(testCase.result ?? value);
    });
  });

  it('has 275 cases, all of which ran', () => {
    expect(evaluated).toBe(275);
  });
});
