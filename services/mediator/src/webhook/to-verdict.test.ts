import type { Nack, RequestResult } from '@fanfare/cloudevents';
import { toVerdict } from './to-verdict';

const ack = (status: number, more: Partial<RequestResult> = {}): RequestResult => ({
  result: { outcome: 'ack', status },
  ...more,
});
const nack = (status: number, more: Partial<Nack> = {}): RequestResult => ({
  result: { outcome: 'nack', status, retryable: false, cause: new Error(`answered ${status}`), ...more },
});
const undelivered = (retryable: boolean): RequestResult => ({
  result: { outcome: 'undelivered', retryable, cause: new Error('connection refused') },
});
const event = { specversion: '1.0', id: 'r-1', type: 'done', source: '/s' } as const;

describe('what an endpoint answers to a plain message or event', () => {
  it.each([200, 201, 202, 204, 299])('acks it with %i', (status) => {
    expect(toVerdict(ack(status), false)).toEqual({ act: 'ack' });
  });

  it.each([408, 425, 429, 500, 502, 503, 599])('lets it be tried again with %i', (status) => {
    expect(toVerdict(nack(status), false)).toEqual({
      act: 'nack',
      error: { code: `http-${status}`, message: `answered ${status}`, retryable: true },
    });
  });

  it.each([301, 302, 304, 400, 401, 403, 404, 409, 410, 413, 422])(
    'makes it dead at once with %i',
    (status) => {
      expect(toVerdict(nack(status), false)).toEqual({
        act: 'nack',
        error: { code: `http-${status}`, message: `answered ${status}`, retryable: false },
      });
    },
  );

  it('delays the next try for as long as it asks for', () => {
    expect(toVerdict(nack(503, { retryAfterMs: 7_000 }), false)).toMatchObject({ delayMs: 7_000 });
  });

  it('lets it be tried again when nobody answers, and never when it cannot be sent', () => {
    const error = { code: 'undelivered', message: 'connection refused' };

    expect(toVerdict(undelivered(true), false)).toEqual({
      act: 'nack',
      error: { ...error, retryable: true },
    });
    expect(toVerdict(undelivered(false), false)).toEqual({
      act: 'nack',
      error: { ...error, retryable: false },
    });
  });
});

describe('what an endpoint answers to a command or query', () => {
  it.each([{ total: 3 }, [1], 'text', 0, false, null])('is its result: %j', (json) => {
    expect(toVerdict(ack(200, { json }), true)).toEqual({ act: 'reply', answer: { result: json } });
  });

  it('is the data of a reply that is an event', () => {
    const reply = { ...event, data: { total: 3 } };

    expect(toVerdict(ack(200, { reply }), true)).toEqual({
      act: 'reply',
      answer: { result: { total: 3 } },
    });
    expect(toVerdict(ack(200, { reply: event }), true)).toEqual({ act: 'reply', answer: { result: null } });
  });

  it.each([200, 204])('is the result null when %i holds nothing', (status) => {
    expect(toVerdict(ack(status), true)).toEqual({ act: 'reply', answer: { result: null } });
  });

  it('follows later when it is 202', () => {
    expect(toVerdict(ack(202), true)).toEqual({ act: 'ack' });
  });

  it.each([400, 403, 404, 409, 422, 451])('is a failure that is final when it is %i', (status) => {
    expect(toVerdict(nack(status, { reason: 'out of stock' }), true)).toEqual({
      act: 'reply',
      answer: { error: { code: `http-${status}`, message: 'out of stock', retryable: false } },
    });
  });

  it.each([200, 408, 425, 429, 500, 503])('is asked for again when %i holds none', (status) => {
    expect(toVerdict(nack(status), true)).toMatchObject({
      act: 'nack',
      error: { code: `http-${status}`, retryable: true },
    });
  });

  it('is asked for again when nobody answers', () => {
    expect(toVerdict(undelivered(true), true)).toMatchObject({
      act: 'nack',
      error: { code: 'undelivered', retryable: true },
    });
  });

  it('is none when it leads elsewhere', () => {
    expect(toVerdict(nack(302), true)).toMatchObject({
      act: 'nack',
      error: { code: 'http-302', retryable: false },
    });
  });
});
