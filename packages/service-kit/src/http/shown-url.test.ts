import { createShowUrl } from './shown-url';

describe('the URL of a request, as it is shown', () => {
  const show = createShowUrl([
    '/orders/{id}',
    '/api/v1/handshakes/{token}',
    '/api/v1/handshakes/{token}/ends',
  ]);

  it.each([
    ['/orders/o-1?limit=3', '/orders/o-1?limit=3'],
    ['/ws?user_id=u-1&ticket=abc&x=1', '/ws?user_id=u-1&ticket=[hidden]&x=1'],
    ['/ws?t%69cket=abc', '/ws?t%69cket=[hidden]'],
    ['/ws?access_token=abc&%=1', '/ws?access_token=[hidden]&%=1'],
    ['/api/v1/handshakes/abc?rate=1', '/api/v1/handshakes/[hidden]?rate=1'],
    ['/api/v1/handshakes/abc/ends', '/api/v1/handshakes/[hidden]/ends'],
    ['//api/v2/handshakes/abc/', '//api/v2/handshakes/[hidden]/'],
    ['/', '/'],
  ])('of %s is %s', (url, shown) => {
    expect(show(url)).toBe(shown);
  });
});
