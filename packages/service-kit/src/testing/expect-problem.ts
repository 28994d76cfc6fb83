import type { z } from 'zod';
import { problemBody } from '../http/problem';
import type { TestResponse } from './host-for-test';

/** Checks that an answer is a problem as every error answer must be one, and returns its body. */
export function expectProblem(response: TestResponse, status: number): z.infer<typeof problemBody> {
  expect(response.status).toBe(status);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const problem = problemBody.parse(response.body);
  expect(problem).toMatchObject({
    type: `/problems/${problem.code}`,
    status,
    error: problem.detail,
    request_id: response.headers['x-request-id'],
  });
  return problem;
}
