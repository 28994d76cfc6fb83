import { okFrame } from './frames';

describe('the answer to a frame that was obeyed', () => {
  const read = (text: string): unknown => JSON.parse(text);

  it('is the answer, under the name of the request', () => {
    expect(read(okFrame('r-1', { id: 'a', status: 'done' }))).toEqual({
      type: 'ok',
      request_id: 'r-1',
      id: 'a',
      status: 'done',
    });
    expect(read(okFrame(undefined))).toEqual({ type: 'ok' });
  });

  it('keeps the type that the answer has, beside its own', () => {
    expect(read(okFrame(7, { id: 'a', type: 'resize' }))).toEqual({
      type: 'ok',
      answer_type: 'resize',
      request_id: 7,
      id: 'a',
    });
    expect(read(okFrame(7, { type: null }))).toMatchObject({ answer_type: null });
  });
});
