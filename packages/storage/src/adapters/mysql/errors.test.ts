import { toAppError } from './errors';

function driverError(properties: object): Error {
  return Object.assign(new Error('secret table secret_column'), properties);
}

describe('errors of MySQL', () => {
  it.each([
    ['already_exists', 'a duplicate key', { errno: 1062, code: 'ER_DUP_ENTRY' }],
    ['unavailable', 'a deadlock', { errno: 1213, code: 'ER_LOCK_DEADLOCK' }],
    ['unavailable', 'a lock not had in time', { errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT' }],
    ['unavailable', 'too many connections', { errno: 1040, code: 'ER_CON_COUNT_ERROR' }],
    ['unavailable', 'a server that shuts down', { errno: 1053, code: 'ER_SERVER_SHUTDOWN' }],
    ['unavailable', 'a connection killed by an operator', { errno: 1927, code: 'ER_CONNECTION_KILLED' }],
    [
      'unavailable',
      'a server that became a read-only replica',
      { errno: 1290, code: 'ER_OPTION_PREVENTS_STATEMENT' },
    ],
    ['unavailable', 'nobody listening', { errno: -111, code: 'ECONNREFUSED', fatal: true }],
    ['unavailable', 'a connection reset', { errno: -104, code: 'ECONNRESET', fatal: true }],
    ['unavailable', 'a connection closed by the server', { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }],
    ['unavailable', 'a statement without an answer', { code: 'PROTOCOL_SEQUENCE_TIMEOUT' }],
    ['internal', 'wrong SQL', { errno: 1064, code: 'ER_PARSE_ERROR' }],
    ['internal', 'a bug in the client', {}],
  ])('are %s for %s', (code, _, properties) => {
    const cause = driverError(properties);

    const error = toAppError(cause);

    expect(error).toMatchObject({ code, cause });
    expect(error.message).not.toContain('secret');
  });
});
