import type { CloudEvent } from '@fanfare/contracts';
import { AppError, createVirtualClock } from '@fanfare/core';
import { createReceiverInbox, migrateMessaging } from '@fanfare/messaging';
import { createLogger, createValidate, reply } from '@fanfare/service-kit';
import { openDatabase, type Database } from '@fanfare/storage';
import { z } from 'zod';
import type { Prepare } from './action';
import { readCommand } from './command';
import { createExecuteCommand } from './execute-command';

describe('a command', () => {
  const clock = createVirtualClock();
  let database: Database;
  let responses: CloudEvent[];
  let audited: [string, number][];
  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
    [responses, audited] = [[], []];
  });
  afterEach(() => database.close());

  const command = (data: object) => {
    const event = { specversion: '1.0', id: 'c-1', source: '/test', type: 'send_message', data };
    const headers = { 'content-type': Buffer.from('application/cloudevents+json') };
    return readCommand({ value: Buffer.from(JSON.stringify(event)), headers });
  };
  const executeBy = (prepare: Prepare) =>
    createExecuteCommand({
      actions: new Proxy({}, { get: () => prepare }) as never,
      inbox: createReceiverInbox({ database, group: 'g', clock }),
      responses: { append: (_, events) => void responses.push(...events) },
      clock,
      newId: () => '0190b8a4-0000-7000-8000-000000000000',
      logger: createLogger({ level: 'fatal', service: 'test' }),
      audit: async ({ id }, { status }) => void audited.push([id, status]),
    });

  it('that comes again prepares nothing again, though what it made may be gone by then', async () => {
    let prepared = 0;
    const execute = executeBy(async () => {
      prepared += 1;
      return async () => reply(200);
    });

    const isNew = [await execute(command({})), await execute(command({}))];

    expect(isNew).toEqual([true, false]);
    expect(prepared).toBe(1);
    expect(responses).toHaveLength(1);
  });

  it('leaves one audit entry, however often it comes, and none before it could be done', async () => {
    let isAway = true;
    const execute = executeBy(async () => {
      if (isAway) throw new AppError('unavailable', 'away');
      return async () => reply(201);
    });
    await expect(execute(command({}))).rejects.toThrow('away');
    isAway = false;

    for (let time = 0; time < 3; time += 1) await execute(command({}));

    expect(audited).toEqual([['c-1', 201]]);
  });

  it('leaves one also when it is refused', async () => {
    const execute = executeBy(() => Promise.reject(new AppError('not_found', 'no such mediator')));

    for (let time = 0; time < 3; time += 1) await execute(command({}));

    expect(audited).toEqual([['c-1', 404]]);
  });

  it('with very many wrong fields is answered with as many as a record can carry', async () => {
    const check = createValidate(z.strictObject({}), 'body');
    const execute = executeBy(async ({ data }) => {
      check(data);
      return async () => reply(200);
    });
    const fields = Array.from({ length: 50_000 }, (_, index) => [`field${index}`, 1] as const);

    await execute(command(Object.fromEntries(fields)));

    const [response] = responses;
    expect(response?.data).toMatchObject({ status: 400, problem: { code: 'invalid' } });
    expect(JSON.stringify(response?.data)).toContain('field1000');
    expect(JSON.stringify(response).length).toBeLessThan(100_000);
  });
});
