import { deflateSync, gzipSync } from 'node:zlib';
import { expectProblem } from '../testing/expect-problem';
import { toBinary, sampleEventWithData as event, useRecordingReceivers } from '../testing/use-receivers';

const startRecording = useRecordingReceivers();

describe('a body', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
  ])('in %s is decoded', async (encoding, encode) => {
    const { request, events } = await startRecording();
    const { headers, body } = toBinary(event, { 'content-encoding': encoding });

    await request({ headers, body: encode(body) });

    expect(events).toEqual([expect.objectContaining(event)]);
  });

  it('in another content encoding is refused', async () => {
    const { request } = await startRecording();

    expectProblem(await request(toBinary(event, { 'content-encoding': 'br' })), 415);
    expectProblem(await request(toBinary(event, { 'content-encoding': 'gzip, gzip' })), 415);
  });

  it('that is not in the content encoding that it claims is refused', async () => {
    const { request } = await startRecording();

    expectProblem(await request(toBinary(event, { 'content-encoding': 'gzip' })), 400);
  });

  it('is refused beyond 1 MiB, also when that shows only after it is decoded', async () => {
    const { request, events } = await startRecording();
    const { headers, body } = toBinary({ ...event, data: 'x'.repeat(2 * 1024 * 1024) });

    expectProblem(await request({ headers, body }), 413);
    expectProblem(
      await request({
        headers: { ...headers, 'content-encoding': 'gzip' },
        body: gzipSync(body),
      }),
      413,
    );
    expect(events).toEqual([]);
  });

  it('is refused beyond the limit when its length is not told before', async () => {
    const { request } = await startRecording();
    const stream = new Blob(['x'.repeat(2 * 1024 * 1024)]).stream();

    expectProblem(await request({ ...toBinary(event), body: stream, duplex: 'half' }), 413);
  });

  it('of exactly 1 MiB is taken', async () => {
    const { send } = await startRecording();

    expect((await send({ data: 'x'.repeat(1024 * 1024 - 2) })).status).toBe(204);
  });
});
