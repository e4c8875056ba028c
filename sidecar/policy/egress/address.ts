import ipaddr from 'ipaddr.js'

/**
 * Where an address leads: to the internet, to this computer or its own networks (only for who named it with its port), or
 * to what is never reached.
 */
export type Reach = 'public' | 'local' | 'never'

/** Services that tell whoever asks about this machine and hand out its keys; they stand in ranges that are else fine. */
const METADATA = new Set(['168.63.129.16', '100.100.100.200', 'fd00:ec2::254', 'fd20:ce::254', 'fd00:42::42'])

const LOCAL = new Set(['loopback', 'private', 'carrierGradeNat', 'uniqueLocal'])

/** @param address canonical, as `readHost` gives it or a resolver */
export function reachOf(address: string): Reach {
  if (!ipaddr.isValid(address) || address.includes('%')) return 'never'
  const parsed = ipaddr.parse(address)
  if (METADATA.has(parsed.toString())) return 'never'
  const range = parsed.range()
  if (LOCAL.has(range)) return 'local'
  if (parsed instanceof ipaddr.IPv4) return range === 'unicast' ? 'public' : 'never'
  const v6 = parsed as ipaddr.IPv6
  // Where there is no IPv4, names resolve to addresses of the network's own NAT64: what counts is the address inside.
  if (range === 'rfc6052' && v6.parts[2] === 0) return reachOf(embedded(v6)) === 'public' ? 'public' : 'never'
  if (range !== 'unicast' || (v6.parts[0]! & 0xe000) !== 0x2000) return 'never'
  // ISATAP: an IPv4 address inside a public IPv6 one.
  if (v6.parts[5] === 0x5efe && (v6.parts[4]! & ~0x200) === 0) return reachOf(embedded(v6)) === 'public' ? 'public' : 'never'
  return 'public'
}

/** The IPv4 address in the last 32 bits. */
function embedded({ parts }: ipaddr.IPv6): string {
  return [parts[6]! >> 8, parts[6]! & 0xff, parts[7]! >> 8, parts[7]! & 0xff].join('.')
}

/** Whether an address is this computer itself. */
export const isOwnAddress = (address: string): boolean => ipaddr.isValid(address) && ipaddr.parse(address).range() === 'loopback'

/** What an address is, for a person. */
export function kindOf(address: string): string {
  if (!ipaddr.isValid(address)) return 'no address'
  const parsed = ipaddr.parse(address)
  if (METADATA.has(parsed.toString()) || parsed.toString() === '169.254.169.254') return 'a metadata service'
  return KINDS[parsed.range()] ?? 'a reserved address'
}

const KINDS: Readonly<Record<string, string>> = {
  loopback: 'this computer itself',
  private: 'a private network',
  uniqueLocal: 'a private network',
  carrierGradeNat: "a provider's own network",
  linkLocal: 'a link-local address',
  multicast: 'a multicast address',
  unspecified: 'no address in particular',
  ipv4Mapped: 'an IPv4 address in an IPv6 disguise',
  rfc6052: 'an IPv4 address in an IPv6 disguise',
  rfc6145: 'an IPv4 address in an IPv6 disguise',
  '6to4': 'an IPv4 address in an IPv6 disguise',
  teredo: 'an IPv4 address in an IPv6 disguise',
  unicast: 'a public address',
}
