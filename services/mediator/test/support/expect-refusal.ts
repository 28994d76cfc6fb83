import { expectProblem, type TestResponse } from '@fanfare/service-kit/testing';

/** Checks that an answer refuses, and for which reason. */
export function expectRefusal(response: TestResponse, status: number, code: string): void {
  expect(expectProblem(response, status)).toMatchObject({ code });
}
