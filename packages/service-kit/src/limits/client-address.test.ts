import { createAddressOf, networkOf, trustedProxies } from './client-address';

const request = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: { 'x-forwarded-for': forwarded },
});

describe('the address of a client', () => {
  it.each([
    ['of a direct client, whatever it claims', '203.0.113.1', '198.51.100.7', '203.0.113.1'],
    ['that a proxy names', '10.1.2.3', '203.0.113.1', '203.0.113.1'],
    ['that stands before all proxies', '10.1.2.3', '203.0.113.1, 192.0.2.1', '203.0.113.1'],
    ['that a proxy saw, not what its client claims', '10.1.2.3', '198.51.100.7, 203.0.113.1', '203.0.113.1'],
    ['of a proxy that names nobody', '10.1.2.3', undefined, '10.1.2.3'],
    ['of a proxy that names no address', '10.1.2.3', '203.0.113.1, unknown', '10.1.2.3'],
    ['with a port', '10.1.2.3', '203.0.113.1:4711', '203.0.113.1'],
    ['of IPv6, in its short form', '::1', '[2001:0DB8:0:0::1]:80', '2001:db8::1'],
    ['of IPv4 on a socket for both', '::ffff:10.1.2.3', '::ffff:203.0.113.1', '203.0.113.1'],
  ])('is the one %s', (_, remote, forwarded, expected) => {
    const addressOf = createAddressOf(['10.0.0.0/8', '192.0.2.1', '::1']);

    expect(addressOf(request(remote, forwarded))).toBe(expected);
  });

  it('is that of the connection where no proxy is trusted', () => {
    expect(createAddressOf([])(request('::ffff:127.0.0.1', '203.0.113.1'))).toBe('127.0.0.1');
  });

  it('counts as its network of 64 bits under IPv6', () => {
    expect(
      ['203.0.113.1', '2001:db8::1', '2001:db8::2:0:0:1', '2001:db8:0:1::', '::1'].map(networkOf),
    ).toEqual(['203.0.113.1', '2001:db8:0:0', '2001:db8:0:0', '2001:db8:0:1', '0:0:0:0']);
  });
});

describe('TRUST_PROXY', () => {
  it('is a list of addresses and networks, empty unless set', () => {
    expect(trustedProxies({})).toEqual([]);
    expect(trustedProxies({ TRUST_PROXY: '10.0.0.0/8, ::1,fd00::/8' })).toEqual([
      '10.0.0.0/8',
      '::1',
      'fd00::/8',
    ]);
  });

  it.each(['true', '10.0.0.0/33', 'proxy.example', '10.0.0.0/', '1.2.3', '::/129'])(
    'cannot be %s',
    (text) => {
      expect(() => trustedProxies({ TRUST_PROXY: text })).toThrow('TRUST_PROXY is');
    },
  );
});
