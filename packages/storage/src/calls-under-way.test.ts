import { createCallsUnderWay } from './calls-under-way';

describe('calls under way', () => {
  it('are waited for, whether they succeed or fail, before the resource is closed, which is done once', async () => {
    const calls = createCallsUnderWay('the store');
    const order: string[] = [];
    let finish!: () => void;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const slow = calls.run(async () => {
      await held;
      order.push('answered');
    });
    const failing = calls.run(() => held.then(() => Promise.reject(new Error('failed'))));
    const closed = calls.close(() => void order.push('closed'));
    const closedAgain = calls.close(() => void order.push('closed again'));
    finish();

    await expect(failing).rejects.toThrow('failed');
    await Promise.all([slow, closed, closedAgain]);
    expect(order).toEqual(['answered', 'closed']);
  });

  it('cannot begin once it is closed', async () => {
    const calls = createCallsUnderWay('the store');
    await calls.close(() => undefined);

    await expect(calls.run(async () => 1)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'the store is closed',
    });
  });
});
