import { HttpProblem } from '../http/problem';

/** The challenges of RFC 6750, §3. */
const realm = 'Bearer realm="fanfare"';

/** For a request that brings no token. */
export const tokenMissing = new HttpProblem(401, 'this needs a token: Authorization: Bearer <token>', {
  headers: { 'www-authenticate': realm },
});

/** For a token that does not count; `detail` must be of plain ASCII, without quotes. */
export function invalidToken(detail: string): HttpProblem {
  const challenge = `${realm}, error="invalid_token", error_description="${detail}"`;
  return new HttpProblem(401, detail, { headers: { 'www-authenticate': challenge } });
}

/** For a request of which nobody can say which token it means. */
export const severalTokens = new HttpProblem(400, 'the request brings more than one token', {
  headers: { 'www-authenticate': `${realm}, error="invalid_request"` },
});
