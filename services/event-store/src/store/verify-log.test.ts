import { createVirtualClock } from '@fanfare/core';
import type { Verification, VerifyOptions } from '@fanfare/storage';
import { streamVerification } from './verify-log';

const verification: Verification = { valid: true, checked: 9, erased: 0, headPosition: 9, headHash: 'ab' };

describe('a verification that is followed', () => {
  const clock = createVirtualClock();
  const checkpoints = { sign: () => Promise.resolve(null) };

  /** A walk that the test leads. */
  function follow() {
    const gone = new AbortController();
    const walks: VerifyOptions[] = [];
    let conclude: ((result: Verification) => void) | undefined;
    let fail: ((error: Error) => void) | undefined;
    const verify = (options: VerifyOptions = {}) => {
      walks.push(options);
      return new Promise<Verification>((resolve, reject) => {
        conclude = resolve;
        fail = reject;
      });
    };
    const stream = streamVerification(
      { log: { verify }, checkpoints, clock },
      { from: undefined, to: undefined, signal: gone.signal },
    );
    return {
      gone,
      stream,
      walk: () => walks[0],
      conclude: () => conclude?.(verification),
      fail: (error: Error) => fail?.(error),
    };
  }

  it('tells of the newest progress whenever the client reads, then of the result, and ends', async () => {
    const { stream, walk, conclude } = follow();
    const first = stream.next();
    walk()?.onProgress?.(3);
    walk()?.onProgress?.(6);

    expect((await first).value).toBe('event: progress\ndata: {"position":6}\n\n');
    const second = stream.next();
    conclude();
    const rest = [(await second).value, (await stream.next()).value].join('');

    expect(rest).toContain('event: result\ndata: {"valid":true,"status":"valid","checked":9');
    expect((await stream.next()).done).toBe(true);
  });

  it('says that it is at work when there is nothing to tell for long', async () => {
    const { stream } = follow();
    const next = stream.next();

    await clock.advance(15_000);

    expect((await next).value).toMatch(/^: /);
  });

  it('ends with its client, and the walk with it', async () => {
    const { stream, walk, gone } = follow();
    const next = stream.next();
    gone.abort();
    await next;

    expect((await stream.next()).done).toBe(true);
    expect(walk()?.signal?.aborted).toBe(true);
  });

  it('fails with its walk', async () => {
    const { stream, fail } = follow();
    const next = stream.next();
    fail(new Error('the log is away'));
    await next;

    await expect(stream.next()).rejects.toThrow('the log is away');
  });
});
