import { EventEmitter } from 'node:events';
import { createVirtualClock } from '@fanfare/core';
import { connect, type ChannelModel } from 'amqplib';
import { keepConnected } from './connection';

jest.mock('amqplib');
const connectMock = jest.mocked(connect) as unknown as jest.Mock<Promise<ChannelModel>>;

/** What of amqplib's connection is used here; `close` is answered at once. */
function fakeConnection(): ChannelModel {
  const connection = new EventEmitter();
  return Object.assign(connection, {
    connection: { stream: { destroy: () => undefined } },
    close: async () => void connection.emit('close'),
  }) as unknown as ChannelModel;
}

function setUp() {
  const clock = createVirtualClock();
  const delaysMs: number[] = [];
  const observer = { waiting: (_: string, __: unknown, delayMs: number) => void delaysMs.push(delayMs) };
  const connection = keepConnected({ url: 'amqp://broker', name: 'test', clock, observer });
  return { clock, delaysMs, connection };
}

const { signal } = new AbortController();

describe('a connection that comes back', () => {
  afterEach(() => {
    connectMock.mockReset();
  });

  it('tries again after delays that grow to 5 s, for as long as it takes', async () => {
    connectMock.mockRejectedValue(new Error('refused'));
    const { clock, delaysMs, connection } = setUp();

    await clock.advance(3_600_000);

    expect(delaysMs[0]).toBeLessThanOrEqual(100);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(5_000);
    expect(delaysMs.length).toBeGreaterThan(720);
    expect(delaysMs.length).toBeLessThan(2_500);
    await connection.close();
    expect(clock.pending).toBe(0);
  });

  it('does not take a broker that hangs up at once for one that is back', async () => {
    connectMock.mockImplementation(async () => {
      const connection = fakeConnection();
      setImmediate(() => connection.emit('close', new Error('not welcome')));
      return connection;
    });
    const { clock, delaysMs, connection } = setUp();

    for (let second = 0; second < 60; second += 1) await clock.advance(1_000);

    expect(delaysMs.length).toBeLessThan(60);
    await connection.close();
  });

  it('begins with short delays again after a connection that lasted', async () => {
    connectMock.mockRejectedValue(new Error('refused'));
    const { clock, delaysMs, connection } = setUp();
    await clock.advance(30_000);
    const lasting = fakeConnection();
    connectMock.mockResolvedValueOnce(lasting);
    await clock.advance(60_000);
    delaysMs.length = 0;

    lasting.emit('close', new Error('gone'));
    await clock.advance(0);

    expect(delaysMs[0]).toBeLessThanOrEqual(100);
    await connection.close();
  });

  it('cannot be used while the broker blocks publishers', async () => {
    const model = fakeConnection();
    connectMock.mockResolvedValue(model);
    const { clock, connection } = setUp();
    await expect(connection.opened(signal)).resolves.toBe(model);

    model.emit('blocked', 'low on memory');

    await expect(connection.check(signal)).rejects.toMatchObject({ code: 'unavailable' });
    let isOpen = false;
    const opened = connection.opened(signal).then(() => (isOpen = true));
    await clock.advance(60_000);
    expect(isOpen).toBe(false);
    model.emit('unblocked');
    await opened;
    await connection.close();
  });

  it('stops waiting for the broker when the caller gives up', async () => {
    connectMock.mockRejectedValue(new Error('refused'));
    const { connection } = setUp();
    const caller = new AbortController();

    const opened = connection.opened(caller.signal);
    caller.abort();

    await expect(opened).rejects.toMatchObject({ code: 'unavailable' });
    await connection.close();
  });

  it('closes a connection that opens after all is over', async () => {
    const late = fakeConnection();
    const onClose = jest.fn();
    late.on('close', onClose);
    let arrive = (): void => undefined;
    connectMock.mockReturnValue(
      new Promise((resolve) => {
        arrive = () => {
          resolve(late);
        };
      }),
    );
    const { clock, connection } = setUp();
    await clock.advance(0);

    const closing = connection.close();
    arrive();
    await closing;

    expect(onClose).toHaveBeenCalledTimes(1);
    await expect(connection.opened(signal)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
