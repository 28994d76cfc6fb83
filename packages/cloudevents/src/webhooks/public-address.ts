import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Ranges that are not for everybody: IANA's special-purpose registries (RFC 6890), multicast and what is reserved. */
const specialV4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`;

/** Within 2000::/3, outside of which nothing is public: protocol assignments with Teredo, documentation, 6to4. */
const specialV6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20';

const special = toBlockList(specialV4, 'ipv4');
const globalUnicast = toBlockList('2000::/3', 'ipv6');
const specialGlobal = toBlockList(specialV6, 'ipv6');

/** IPv6 addresses that stand for the IPv4 address in their last 32 bits: mapped (RFC 4291), NAT64 (RFC 6052). */
const carriesV4 = toBlockList('::ffff:0:0/96 64:ff9b::/96', 'ipv6');

/**
 * Whether an IP address is one of the public internet: not private, loopback, link-local, multicast, reserved or otherwise
 * special, also not by way of an IPv6 address that stands for such an IPv4 address. False for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4');
  // an address with a zone is one of a local link
  if (!isIPv6(address) || address.includes('%')) return false;
  if (carriesV4.check(address, 'ipv6')) return isPublicAddress(lastBitsOf(address));
  return globalUnicast.check(address, 'ipv6') && !specialGlobal.check(address, 'ipv6');
}

function toBlockList(ranges: string, family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges.split(/\s+/)) {
    const [network = '', bits] = range.split('/');
    list.addSubnet(network, Number(bits), family);
  }
  return list;
}

/** The last 32 bits of an IPv6 address as an IPv4 address. */
function lastBitsOf(address: string): string {
  // a URL writes it in one way only: hexadecimal, compressed
  const { hostname } = new URL(`http://[${address}]`);
  const [high = '', low = ''] = hostname.slice(1, -1).split(':').slice(-2);
  const [left, right] = [Number.parseInt(high || '0', 16), Number.parseInt(low || '0', 16)];
  return [left >> 8, left & 255, right >> 8, right & 255].join('.');
}
