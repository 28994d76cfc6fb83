import { AppError } from '@fanfare/core';
import { MongoNetworkError, MongoServerError } from 'mongodb';
import { toAppError } from './errors';

function named(name: string, properties: object = {}): Error {
  return Object.assign(new Error('secret-host'), { name, ...properties });
}

describe('errors of MongoDB', () => {
  it.each([
    ['unavailable', 'nobody listening', named('MongoServerSelectionError')],
    ['unavailable', 'a broken connection', new MongoNetworkError('secret-host')],
    ['unavailable', 'a socket closed while it is written to', named('Error', { code: 'EPIPE' })],
    ['unavailable', 'a client that was closed', named('MongoClientClosedError')],
    ['unavailable', 'a server that shuts down', named('MongoServerError', { code: 91 })],
    ['unavailable', 'a server that is no primary now', named('MongoServerError', { code: 10107 })],
    ['unavailable', 'a write that no majority has', named('MongoWriteConcernError', { code: 64 })],
    ['unavailable', 'a cursor that a restart has lost', named('MongoServerError', { code: 43 })],
    ['internal', 'a command that is refused', new MongoServerError({ code: 13, message: 'secret-host' })],
    ['internal', 'a command that is never sent', named('MongoInvalidArgumentError')],
    ['internal', 'a bug', new TypeError('secret-host')],
  ])('are %s for %s', (code, _, cause) => {
    const error = toAppError(cause, 'the event log');

    expect(error).toMatchObject({ code, cause });
    expect(error.message).not.toContain('secret');
  });

  it('leave what is told apart already as it is', () => {
    const error = new AppError('conflict', 'no');

    expect(toAppError(error, 'the event log')).toBe(error);
  });
});
