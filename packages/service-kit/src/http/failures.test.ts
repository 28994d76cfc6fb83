import { AppError } from '@fanfare/core';
import { expectProblem, hostForTest, serviceWith, type HostedForTest } from '../testing';
import { HttpProblem } from './problem';
import { defineRoute } from './route';

const failures: Readonly<Record<string, unknown>> = {
  not_found: new AppError('not_found', 'there is no such order'),
  already_exists: new AppError('already_exists', 'there is one'),
  invalid: new AppError('invalid', 'it cannot be'),
  conflict: new AppError('conflict', 'it was changed'),
  unavailable: new AppError('unavailable', 'the database is away'),
  internal: new AppError('internal', 'password=hunter2'),
  bug: new TypeError('hunter2 of undefined'),
  nothing: undefined,
  precondition: new HttpProblem(412, 'it was changed', {
    headers: { etag: '"2"' },
    members: { current_version: 2 },
  }),
  version: new HttpProblem(409, 'it was changed', { code: 'version-conflict' }),
  teapot: new HttpProblem(418, 'it is a teapot'),
};

const failing = defineRoute({
  method: 'get',
  path: '/fail/{how}',
  role: 'reader',
  summary: 'Fail',
  responses: {},
  handle: ({ params }) => {
    const { how = '' } = params as { readonly how?: string };
    throw failures[how];
  },
});

describe('a request that fails', () => {
  let service: HostedForTest;

  beforeEach(async () => {
    service = await hostForTest(() => serviceWith({ routes: [failing] }));
  });
  afterEach(() => service.stop());

  it.each([
    ['not_found', 404, 'not-found'],
    ['already_exists', 409, 'already-exists'],
    ['invalid', 400, 'invalid'],
    ['conflict', 409, 'conflict'],
    ['unavailable', 503, 'unavailable'],
  ])('with %s is answered with its message and code', async (how, status, code) => {
    const problem = expectProblem(await service.request(`/fail/${how}`), status);

    expect(problem).toMatchObject({ code, detail: (failures[how] as AppError).message });
  });

  it.each([
    ['bug', 500, 'internal'],
    ['precondition', 412, 'precondition-failed'],
    ['teapot', 418, 'i-m-a-teapot'],
    ['version', 409, 'version-conflict'],
  ])('with %s is answered with a code and the type of that name', async (how, status, code) => {
    const problem = expectProblem(await service.request(`/fail/${how}`), status);

    expect(problem).toMatchObject({ code, type: `/problems/${code}` });
  });

  it('because it cannot be served now is told when to come again', async () => {
    expect((await service.request('/fail/unavailable')).headers['retry-after']).toBe('1');
  });

  it.each(['internal', 'bug', 'nothing'])('with %s learns nothing of the inside', async (how) => {
    const problem = expectProblem(await service.request(`/fail/${how}`), 500);

    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(service.logLines.at(-1)).toMatchObject({ level: 'error', requestId: problem.request_id });
  });

  it.each([
    ['internal', 'error'],
    ['bug', 'error'],
    ['unavailable', 'warn'],
  ])('with %s is one line of the log, with the ids that lead to it', async (how, level) => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { 'x-request-id': 'r-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };

    await service.request(`/fail/${how}`, { headers });

    const lines = service.logLines.filter(({ requestId }) => requestId === 'r-1');
    expect(lines).toMatchObject([{ level, traceId, err: {} }]);
  });

  it('by a rule of HTTP gets the status, headers and members of the refusal', async () => {
    const response = await service.request('/fail/precondition');

    expect(expectProblem(response, 412)).toMatchObject({
      current_version: 2,
      title: 'Precondition Failed',
    });
    expect(response.headers['etag']).toBe('"2"');
  });

  it('as expected is logged without a stack, under its id', async () => {
    const { headers } = await service.request('/fail/unavailable');

    const line = service.logLines.at(-1);
    expect(line).toMatchObject({
      level: 'warn',
      requestId: headers['x-request-id'],
      service: 'sample-service',
    });
    expect(JSON.stringify(line)).not.toContain('stack');
  });
});
