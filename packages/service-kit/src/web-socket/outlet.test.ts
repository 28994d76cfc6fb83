import { createVirtualClock } from '@fanfare/core';
import type { WebSocketConnection } from './connection';
import { createOutlet } from './outlet';

/** A client that takes what it was sent when it is told to. */
function setUp() {
  const clock = createVirtualClock();
  const sent: { readonly frame: string | Buffer; readonly onTaken: () => void }[] = [];
  const state = { readyState: 1, bufferedAmount: 0 };
  const connection = Object.assign(state, {
    OPEN: 1,
    send: (frame: string | Buffer, _: object, onTaken: () => void) => {
      sent.push({ frame, onTaken });
      state.bufferedAmount += frame.length;
    },
  }) satisfies Partial<WebSocketConnection> as unknown as WebSocketConnection;
  const onTooSlow = jest.fn();
  const outlet = createOutlet(connection, { clock, maxBufferedBytes: 100, drainMs: 5_000, onTooSlow });
  return { clock, sent, state, outlet, onTooSlow };
}

describe('the way out to a client', () => {
  it('takes frame after frame while little waits to be taken', () => {
    const { outlet, sent } = setUp();

    expect([outlet.send('a'.repeat(10)), outlet.send('b'.repeat(15))]).toEqual([undefined, undefined]);
    expect(sent).toHaveLength(2);
  });

  it('holds back, when much waits, until the client has taken it', async () => {
    const { clock, outlet, sent, onTooSlow } = setUp();

    const taken = outlet.send('a'.repeat(26));
    expect(taken).toBeInstanceOf(Promise);
    sent[0]?.onTaken();
    await taken;

    await clock.advance(5_000);
    expect(onTooSlow).not.toHaveBeenCalled();
    expect(clock.pending).toBe(0);
  });

  it('gives up a client that does not take it in time', async () => {
    const { clock, outlet, onTooSlow } = setUp();
    void outlet.send('a'.repeat(26));

    await clock.advance(4_999);
    expect(onTooSlow).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(onTooSlow).toHaveBeenCalledTimes(1);
  });

  it('gives up a client for which too much waits, but not for one long frame', () => {
    const { outlet, sent, onTooSlow } = setUp();

    void outlet.send('a'.repeat(1_000));
    expect(onTooSlow).not.toHaveBeenCalled();
    void outlet.send('b');

    expect(onTooSlow).toHaveBeenCalledTimes(1);
    expect(sent).toHaveLength(1);
  });

  it('leads nowhere when the client is gone', () => {
    const { outlet, sent, state } = setUp();
    state.readyState = 3;

    expect(outlet.send('a'.repeat(1_000))).toBeUndefined();
    expect(sent).toEqual([]);
  });
});
