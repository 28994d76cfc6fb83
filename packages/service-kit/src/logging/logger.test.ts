import { AppError } from '@fanfare/core';
import { createLogger, type LoggerOptions } from './logger';

type Line = Readonly<Record<string, unknown>>;

function logTo(lines: string[], options: Partial<LoggerOptions> = {}) {
  return createLogger({
    service: 'order-service',
    destination: { write: (line) => void lines.push(line) },
    ...options,
  });
}

function linesOf(write: (log: ReturnType<typeof logTo>) => void): Line[] {
  const lines: string[] = [];
  write(logTo(lines));
  return lines.map((line) => JSON.parse(line) as Line);
}

describe('the logger', () => {
  it('writes the service, the level by name and the time on every line', () => {
    const [line] = linesOf((log) => {
      log.child({ requestId: 'r-1' }).info('hello');
    });

    expect(line).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as unknown,
      service: 'order-service',
      requestId: 'r-1',
      msg: 'hello',
    });
  });

  it('hides what is named like a secret, at any depth', () => {
    const [line] = linesOf((log) => {
      log.info({
        password: 'hunter2',
        headers: { authorization: 'Bearer hunter2', accept: 'a' },
        a: { b: { c: [{ accessToken: 'hun"ter2', pin: 1, jwtSecret: 987_654_321_012_345 }] } },
        tokens: ['hunter2'],
        secrets: { first: 'hunter2' },
      });
    });

    expect(JSON.stringify(line)).not.toMatch(/hunter2|hun\\"ter2|987654321012345/);
    expect(line).toMatchObject({ headers: { accept: 'a' }, a: { b: { c: [{ pin: 1 }] } } });
  });

  it('hides a secret whatever the case of its name, also in a line that has no other', () => {
    for (const name of ['Password', 'API_TOKEN', 'setCookie', 'Authorization', 'TICKET', 'clientSecret']) {
      const lines = linesOf((log) => {
        log.info({ [name]: 'hunter2' });
        log.info(`/login?${name}=hunter2`);
      });

      expect(JSON.stringify(lines)).not.toContain('hunter2');
    }
  });

  it('hides the passwords and the secret parameters of URLs within texts', () => {
    const lines = linesOf((log) => {
      log.info('connecting to mysql://shop:hunter2@db:3306/orders');
      log.info({ url: '/ws?user=1&access_token=hunter2&x=1' }, 'answered');
      log.warn({ err: new Error('cannot reach amqp://guest:hunter2@mq:5672') }, 'failed');
    });

    expect(JSON.stringify(lines)).not.toContain('hunter2');
    expect(lines[0]).toMatchObject({ msg: 'connecting to mysql://shop:[hidden]@db:3306/orders' });
  });

  it('shows an expected error with its code and causes, without a stack', () => {
    const cause = new Error('connect ECONNREFUSED', { cause: new Error('no route') });
    const [line] = linesOf((log) => {
      log.warn({ err: new AppError('unavailable', 'the database is away', { cause }) }, 'failed');
    });

    expect(line?.['err']).toEqual({
      code: 'unavailable',
      message: 'the database is away',
      causes: ['connect ECONNREFUSED', 'no route'],
    });
  });

  it('shows an unexpected error with its stack', () => {
    const lines = linesOf((log) => {
      log.error({ err: new TypeError('a bug') }, 'failed');
      log.error({ err: new AppError('internal', 'a bug') }, 'failed');
    });

    expect(lines.map(({ err }) => (err as Line)['stack'])).toEqual([
      expect.stringContaining('logger.test'),
      expect.stringContaining('logger.test'),
    ]);
  });

  it('writes for human eyes when told to', () => {
    const lines: string[] = [];

    logTo(lines, { format: 'pretty' }).info({ password: 'hunter2' }, 'hello');

    expect(lines.join('')).toContain('hello');
    expect(lines.join('')).not.toMatch(/^\{|hunter2/);
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];

    logTo(lines, { level: 'warn' }).info('not shown');

    expect(lines).toEqual([]);
  });
});
