import { createVirtualClock } from '@fanfare/core';
import { openIssuer, type IssuerForTest } from '../testing/issuer';
import { openVerifier, refused, rsa } from '../testing/verify-tokens';
import type { VerifyToken } from './verify-token';

/** RFC 7515, appendix A: the same payload (`{"iss":"joe", "exp":1300819380, …}`) signed in several ways. */
const payload =
  'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const vectors = {
  'A.1, HS256': `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${payload}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
  'A.2, RS256': `eyJhbGciOiJSUzI1NiJ9.${payload}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  'A.3, ES256': `eyJhbGciOiJFUzI1NiJ9.${payload}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  'A.5, none': `eyJhbGciOiJub25lIn0.${payload}.`,
};
const publicKeys = [
  {
    kty: 'RSA',
    n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
    e: 'AQAB',
  },
  {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
];

describe('the published examples of RFC 7515', () => {
  let issuer: IssuerForTest;
  let verify: VerifyToken;
  const unsigned = 'the token is not signed by a key that counts here, or is no token';

  beforeEach(async () => {
    const clock = createVirtualClock(new Date(1_300_819_370_000));
    issuer = await openIssuer(...publicKeys.map((jwk) => ({ ...rsa, jwk: jwk as never })));
    verify = await openVerifier(clock, { jwksUrl: issuer.url });
  });
  afterEach(() => issuer[Symbol.asyncDispose]());

  it.each(['A.2, RS256', 'A.3, ES256'] as const)(
    'are signed as they should be (%s), and lack what we ask for',
    async (name) => {
      await expect(verify(vectors[name])).rejects.toEqual(refused('wrong claim: iat'));
    },
  );

  it.each(['A.1, HS256', 'A.5, none'] as const)('do not count without their key (%s)', async (name) => {
    await expect(verify(vectors[name])).rejects.toEqual(refused(unsigned));
  });

  it.each(Object.entries(vectors))(
    'do not count when a single character is another: %s',
    async (_, token) => {
      const other = (char: string) => (char === 'A' ? 'Q' : 'A');
      const signatureAt = token.lastIndexOf('.') + 1;
      // the last character of a part also holds bits that mean nothing
      for (let at = 0; at < token.length - 1; at += 7) {
        const char = token[at] ?? '';
        if (char === '.' || at === signatureAt - 2 || token[at + 1] === '.') continue;
        const changed = token.slice(0, at) + other(char) + token.slice(at + 1);
        await expect(verify(changed)).rejects.toEqual(refused(unsigned));
      }
    },
  );

  it('do not count with the signature of another', async () => {
    const signatures = Object.values(vectors).map((token) => token.split('.')[2] ?? '');
    for (const token of Object.values(vectors)) {
      const [header = '', body = '', own = ''] = token.split('.');
      for (const signature of signatures.filter((each) => each !== own)) {
        await expect(verify(`${header}.${body}.${signature}`)).rejects.toEqual(refused(unsigned));
      }
    }
  });
});
