import type { CloudEvent } from '@fanfare/contracts';
import { createVirtualClock } from '@fanfare/core';
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
  beforeEach(async () => {
    database = await openDatabase('sqlite::memory:');
    await migrateMessaging(database);
    responses = [];
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
