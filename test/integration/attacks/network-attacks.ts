import { type Attack, BROKE, perl, SECRET } from './attack.ts'

/** On the network. */
export const NETWORK_ATTACKS: readonly Attack[] = [
  {
    kind: 'direct',
    title: 'connections to a server on this computer',
    command: ({ port }) =>
      `echo TRIED; (nc -w 2 127.0.0.1 ${port} </dev/null || cat < /dev/tcp/127.0.0.1/${port}) 2>/dev/null; wget -q -T 2 -O - http://127.0.0.1:${port}/; http_proxy= curl -s -m 2 --noproxy '*' http://127.0.0.1:${port}`,
    broke: SECRET,
  },
  {
    kind: 'direct',
    title: 'raw and packet sockets that see the computer’s interfaces',
    command: () =>
      `echo TRIED; for at in /sys/class/net/*; do at=\${at##*/}; grep -q "^ *$at:" /proc/net/dev && [ "$at" != lo ] && echo BROKE $at; done`,
    broke: BROKE,
  },
  {
    kind: 'dns',
    title: 'a question sent to a name server',
    command: ({ udp }) =>
      perl(
        `socket(my $s, 2, 2, 0) or exit; send($s, "SECRET in a name", 0, pack("S n C4 x8", 2, ${udp}, 127, 0, 0, 1)); send($s, "x", 0, pack("S n C4 x8", 2, 53, 1, 1, 1, 1)) and print "BROKE sent to 1.1.1.1\\n";`,
      ),
    broke: (world, result) => (world.asked() ? 'the question arrived' : BROKE(world, result)),
    perl: true,
  },
  {
    kind: 'proxy',
    title: 'a direct connection where some hosts are allowed',
    command: ({ port }) =>
      `echo TRIED; unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy; (nc -w 2 127.0.0.1 ${port} </dev/null || cat < /dev/tcp/127.0.0.1/${port}) 2>/dev/null; wget -q -T 2 -O - http://127.0.0.1:${port}/; curl -s -m 2 --noproxy '*' http://127.0.0.1:${port}`,
    broke: SECRET,
    hosts: true,
  },
  {
    kind: 'metadata',
    title: 'a packet to 169.254.169.254 and its IPv6 twin',
    command: () =>
      perl(
        `socket(my $s, 2, 2, 0) and send($s, "x", 0, pack("S n C4 x8", 2, 80, 169, 254, 169, 254)) and print "BROKE IPv4\\n"; socket(my $t, 10, 2, 0) and send($t, "x", 0, pack("S n N H32 N", 10, 80, 0, "fd00ec20000000000000000000000254", 0)) and print "BROKE IPv6\\n";`,
      ),
    broke: BROKE,
    perl: true,
  },
]
