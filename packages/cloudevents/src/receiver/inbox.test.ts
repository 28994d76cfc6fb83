import { AppError } from '@fanfare/core';
import { expectProblem } from '../testing/expect-problem';
import { sampleEvent, toBinary, useReceivers } from '../testing/use-receivers';
import { createReceiver } from './create-receiver';
import { ack, nack } from './handler';
import { createMemoryInbox } from './memory-inbox';

const start = useReceivers();

describe('an inbox', () => {
  it('has a second delivery acknowledged, and the handler not called', async () => {
    const handled: string[] = [];
    const { send } = await start(({ id }) => void handled.push(id), { inbox: createMemoryInbox() });

    expect((await send({})).status).toBe(204);
    expect((await send({})).status).toBe(204);
    await send({ source: '/elsewhere' });

    expect(handled).toEqual(['e-1', 'e-1']);
  });

  it('keeps no trace of an event that was refused or failed', async () => {
    const answers = [
      () => nack(503, 'later'),
      () => Promise.reject(new AppError('conflict', 'no')),
      () => ack(),
    ];
    const { send } = await start(() => answers.shift()?.(), { inbox: createMemoryInbox() });

    const statuses = [await send({}), await send({}), await send({}), await send({})].map(
      ({ status }) => status,
    );

    expect(statuses).toEqual([503, 409, 204, 204]);
    expect(answers).toEqual([]);
  });

  it('hands its transaction to the handler', async () => {
    const transactions: string[] = [];
    const receiver = createReceiver<string>((_, { transaction }) => void transactions.push(transaction), {
      inbox: { handleOnce: (_, handle) => handle('t-1') },
    });
    const { url } = await receiver.start({ port: 0, host: '127.0.0.1' });

    await fetch(url, { method: 'POST', ...toBinary(sampleEvent) });
    await receiver.stop();

    expect(transactions).toEqual(['t-1']);
  });

  it('that fails is a failure, not a duplicate', async () => {
    const onError = jest.fn();
    const inbox = { handleOnce: () => Promise.reject(new AppError('unavailable', 'the database is away')) };
    const { send } = await start(() => undefined, { inbox, onError });

    expectProblem(await send({}), 503);

    expect(onError).toHaveBeenCalledTimes(1);
  });
});
