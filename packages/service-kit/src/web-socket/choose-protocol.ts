import { tokenProtocolPrefix } from '../auth/read-token';

/**
 * The subprotocol that is answered: the first that is none of ours that carry a token, which must not be sent back.
 * Browsers want one of those that they offer: so a page offers `fanfare` beside its token.
 */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return [...offered].find((name) => !name.startsWith(tokenProtocolPrefix)) ?? false;
}
