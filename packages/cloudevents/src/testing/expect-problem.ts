import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestAnswer } from './use-receivers';

interface ProblemSchema {
  readonly properties: Readonly<Record<string, { readonly type: 'string' | 'integer' }>>;
}

const file = readFileSync(join(__dirname, '../../conformance/problem.json'), 'utf8');
// its long texts are folded, as RFCs print them, which JSON does not know
const { properties } = JSON.parse(file.replaceAll('\\\n', '')) as ProblemSchema;

/** Checks that an answer is a problem as `conformance/problem.json` has it, and returns its body. */
export function expectProblem(answer: Omit<TestAnswer, 'text'>, expected: number): Record<string, unknown> {
  const { status, headers } = answer;
  expect([status, headers.get('content-type')]).toEqual([
    expected,
    'application/problem+json; charset=utf-8',
  ]);
  const problem = answer.json as Record<string, unknown>;
  for (const [name, { type }] of Object.entries(properties)) {
    if (name in problem) expect(typeof problem[name]).toBe(type === 'integer' ? 'number' : type);
  }
  expect(problem).toMatchObject({ type: 'about:blank', status });
  expect([problem['title'], problem['detail']]).toEqual([
    expect.stringMatching(/./),
    expect.stringMatching(/./),
  ]);
  return problem;
}
