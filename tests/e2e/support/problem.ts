import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Answer } from './http';

const conformance: unknown = JSON.parse(
  readFileSync(join(__dirname, '../../conformance/problem.json'), 'utf8'),
  // zod takes a URI reference for a whole URL, so that format is checked below
  (key, value: unknown) => (key === 'format' && value === 'uri-reference' ? undefined : value),
);
/** The schema of RFC 9457 itself, under which every member may be left out. */
const rfc9457 = z.fromJSONSchema(z.record(z.string(), z.unknown()).parse(conformance));

/** What this system adds to it: nothing is left out, and the seeds' `error` is there too. */
const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  instance: z.string(),
  code: z.string().regex(/^[a-z-]+$/),
  error: z.string().min(1),
  request_id: z.string(),
  errors: z.array(z.strictObject({ field: z.string().min(1), message: z.string().min(1) })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** What must never get out: SQL, drivers, stack traces. */
const insides = /\b(select|insert|update|delete) .*\b(from|into|set)\b|sqlite|mysql|mariadb|ECONN|\n\s+at /i;

/** Asserts that an answer refuses in the way of RFC 9457, and returns what it says. */
export function expectProblem({ status, headers, text, body }: Answer, expected: number): Problem {
  expect({ status, text }).toEqual({ status: expected, text });
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(rfc9457.safeParse(body).error).toBeUndefined();
  const problem = problemSchema.parse(body);
  expect(problem.status).toBe(status);
  expect(problem.error).toBe(problem.detail);
  expect(problem.type).toBe(`/problems/${problem.code}`);
  expect(isUriReference(problem.instance)).toBe(true);
  expect(text).not.toMatch(insides);
  return problem;
}

function isUriReference(text: string): boolean {
  return !/[\s<>"{}|\\^`]/.test(text) && URL.canParse(text, 'http://service');
}
