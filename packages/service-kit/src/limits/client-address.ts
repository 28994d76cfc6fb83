import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { variable, type Setting } from '../config/config';
import { list } from '../config/value-schemas';

/** From which network address a request comes; empty when the client has gone already. */
export type AddressOf = (incoming: {
  readonly headers: IncomingHttpHeaders;
  readonly socket: Pick<Socket, 'remoteAddress'>;
}) => string;

/**
 * Addresses and networks (`10.0.0.0/8`) of the proxies in front of the services, whose `X-Forwarded-For` is believed:
 * `TRUST_PROXY`. Whoever can reach a service past them could else name any address as his own.
 */
export const trustedProxies: Setting<readonly string[]> = variable(
  'TRUST_PROXY',
  list()
    .default([])
    .refine((items) => items.every(isNetwork), 'must be a list of addresses and networks like 10.0.0.0/8'),
);

/** The address of the connection; where that is one of the `proxies`, the last in front of it that is none of them. */
export function createAddressOf(proxies: readonly string[]): AddressOf {
  if (proxies.length === 0) return ({ socket }) => toPlain(socket.remoteAddress ?? '');
  const trusted = toBlockList(proxies);
  return ({ socket, headers }) => {
    let address = toPlain(socket.remoteAddress ?? '');
    // node joins the lines of the header
    const hops = String(headers['x-forwarded-for'] ?? '').split(',');
    for (const hop of hops.toReversed()) {
      const before = isTrusted(trusted, address) ? readHop(hop) : undefined;
      if (before === undefined) break;
      address = before;
    }
    return address;
  };
}

/** What stands for a client without a token: its address, or of an IPv6 address the network, since a client has all of it. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [front = [], back = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
}

/** An IPv4 address as such, also where it came to a socket for both kinds. */
function toPlain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

const hopForm = /^(?:\[(?<bracketed>[0-9a-f:.]+)\](?::\d+)?|(?<v4>[\d.]+)(?::\d+)?|(?<v6>[0-9a-f:.]+))$/i;

/** One entry of `X-Forwarded-For`, with or without a port. */
function readHop(text: string): string | undefined {
  const { bracketed, v4, v6 } = hopForm.exec(text.trim())?.groups ?? {};
  const address = toPlain((bracketed ?? v4 ?? v6 ?? '').toLowerCase());
  const version = isIP(address);
  if (version === 0) return undefined;
  // one spelling of each address
  return version === 4 ? address : new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function isTrusted(trusted: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && trusted.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits ?? 0) <= (version === 4 ? 32 : 128);
}

function toBlockList(networks: readonly string[]): BlockList {
  const blocks = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const kind = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    if (bits === undefined) blocks.addAddress(address, kind);
    else blocks.addSubnet(address, Number(bits), kind);
  }
  return blocks;
}
