import { types } from 'node:util';

/** What the error codes of Node mean to someone who reads a log. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection closed before an answer came',
  EPIPE: 'the connection closed before an answer came',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be looked up',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
};

/** Why a request failed, in words: also for an error without a message, as Node has for hosts with several addresses. */
export function describeFailure(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const meaning = code === undefined ? undefined : meanings[code];
  const details = messagesOf(error).join(', ');
  if (meaning === undefined) return details || (code ?? error.name);
  return details === '' ? meaning : `${meaning} (${details})`;
}

function messagesOf(error: Error): readonly string[] {
  if (error.message !== '') return [error.message];
  const attempts: unknown = 'errors' in error ? error.errors : undefined;
  return Array.isArray(attempts) ? attempts.filter(types.isNativeError).flatMap(messagesOf) : [];
}
