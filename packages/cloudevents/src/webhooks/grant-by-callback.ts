import { AppError } from '@fanfare/core';
import type { CallbackRequest } from './answer-handshake';
import { exchange, type ExchangeOptions } from './exchange';
import { parseHttpUrl, printRate } from './handshake-terms';

/**
 * Consents to what a sender asked for, by calling the URL that it named (CloudEvents web hooks, §4.1.3). That URL is a
 * stranger's: `allowsAddress` is where to keep the request out of the own network.
 *
 * @throws AppError `invalid` for a URL that cannot be called, `unavailable` when the sender did not take it
 */
export async function grantByCallback(
  { callback, rate }: Pick<CallbackRequest, 'callback' | 'rate'>,
  options: ExchangeOptions = {},
): Promise<void> {
  const headers = { 'webhook-allowed-rate': printRate(rate), 'content-length': '0' };
  const { status } = await exchange(parseHttpUrl(callback), { method: 'POST', headers }, options).catch(
    (cause: unknown) => {
      throw new AppError('unavailable', 'nobody answered at the callback', { cause });
    },
  );
  if (status < 200 || status > 299) throw new AppError('unavailable', `the callback answered ${status}`);
}
