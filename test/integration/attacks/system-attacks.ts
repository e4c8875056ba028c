import { type Attack, BROKE, EVIL, perl, SECRET } from './attack.ts'
import type { World } from './world.ts'

const DATAGRAM = ({ datagrams }: World): string =>
  perl(
    `socketpair(my $s, my $other, 1, 2, 0) or exit; send($s, "evil", 0, pack("S a*", 1, "${datagrams}")) and print "BROKE: sent";`,
  )

const PIPED: Attack['broke'] = (world) => (world.piped().includes('evil') ? 'the program outside got them' : undefined)
const PIPE = ({ pipe }: World): string => `echo TRIED; [ -p '${pipe}' ] && echo evil > '${pipe}'; true`

/** On other processes and on what the system lends. */
export const SYSTEM_ATTACKS: readonly Attack[] = [
  {
    kind: 'shared',
    title: 'a shared memory segment of another program',
    command: ({ segment }) => `echo TRIED; grep -Eq '^ *-?[0-9]+ +${segment} ' /proc/sysvipc/shm && echo BROKE: it is seen; true`,
    broke: BROKE,
  },
  {
    kind: 'shared',
    title: 'the keyring of the session that Oxbow was started in',
    perl: true,
    command: ({ keyctl }) => perl(`my $id = syscall(${keyctl}, 0, -3, 0); print "BROKE: keyring $id\n" if $id > 0`),
    broke: BROKE,
  },
  {
    kind: 'proc',
    title: 'other roots and working folders',
    command: ({ secrets }) =>
      `echo TRIED; for way in /proc/self/root /proc/1/root /proc/*/root /proc/self/cwd/../../../../../../..; do cat "$way${secrets[0]}"; done; cat /proc/*/cwd/.ssh/*`,
    broke: SECRET,
  },
  {
    kind: 'proc',
    title: 'seeing and ending a process outside',
    command: ({ victim }) =>
      `echo TRIED; grep -ls oxbow-[v]ictim /proc/[0-9]*/cmdline | grep -v -e self -e "/$$/"; kill -9 ${victim}; kill -9 -${victim}`,
    broke: (world, { output }) =>
      world.victimAlive() ? (output.includes('/proc/') ? 'it was seen' : undefined) : 'it was ended',
  },
  {
    kind: 'ptrace',
    title: 'attaching to a process outside, reading its memory',
    command: ({ victim, ptrace }) =>
      perl(
        `my $r = syscall(${ptrace}, 16, ${victim}, 0, 0); open(my $f, "<", "/proc/${victim}/mem") and print "BROKE memory\\n"; sleep 1;`,
      ),
    broke: (world, result) => (world.victimTraced() ? 'it was attached to' : BROKE(world, result)),
    perl: true,
  },
  {
    kind: 'mount',
    title: 'mounting, remounting and unmounting',
    command: ({ root }) =>
      `echo TRIED; mkdir -p m; mount -t tmpfs none m && echo BROKE tmpfs; mount -t proc none m && echo BROKE proc; mount -o remount,rw / && echo evil > /evil; mount --bind / m; mount -o bind,remount,rw '${root}'; umount -l '${root}'; echo evil > '${root}/evil'; echo evil > 'm${root}/evil'; rmdir m 2>/dev/null`,
    broke: (world, result) => EVIL(world) ?? BROKE(world, result),
  },
  {
    kind: 'mount',
    title: 'namespaces of one’s own, another root',
    command: ({ root }) =>
      `echo TRIED; unshare -Urm sh -c "echo BROKE namespace; mount -o remount,rw /; echo evil > '${root}/evil'"; unshare -r sh -c 'echo BROKE user'; chroot / sh -c "echo evil > '${root}/evil'"; nsenter -t 1 -m sh -c "echo evil > '${root}/evil'"`,
    broke: (world, result) => EVIL(world) ?? BROKE(world, result),
  },
  {
    kind: 'device',
    title: 'making and reading disks and memory',
    command: () =>
      'echo TRIED; for pair in "b 254 0" "b 8 0" "b 259 0" "c 1 1" "c 1 2"; do rm -f d; mknod d $pair && head -c 1 d >/dev/null && echo BROKE $pair; done; for at in /dev/vda /dev/sda /dev/nvme0n1 /dev/mem /dev/kmsg /dev/kvm; do (head -c 1 $at >/dev/null) 2>/dev/null && echo BROKE $at; done; rm -f d',
    broke: BROKE,
  },
  {
    kind: 'socket',
    title: 'a socket in the file system and one without a file',
    command: ({ root, abstract }) =>
      perl(
        `for my $at ("${root}/docker.sock", "\\0${abstract}") { socket(my $s, 1, 1, 0) or next; connect($s, pack("S a108", 1, $at)) or connect($s, pack("S a*", 1, $at)) or next; sysread($s, my $text, 99); print $text; }`,
      ),
    broke: SECRET,
    perl: true,
  },
  {
    kind: 'socket',
    title: 'one for datagrams, from one of a pair',
    command: DATAGRAM,
    broke: BROKE,
    perl: true,
  },
  {
    kind: 'datagrams',
    title: 'one, from one of a pair',
    command: DATAGRAM,
    broke: BROKE,
    perl: true,
    hosts: true,
  },
  {
    kind: 'socket',
    title: 'the engines of containers on this computer',
    command: () =>
      perl(
        `for my $at (qw(/var/run/docker.sock /run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock /run/user/1000/docker.sock /run/dbus/system_bus_socket)) { socket(my $s, 1, 1, 0) or next; connect($s, pack("S a108", 1, $at)) and print "BROKE $at\\n"; }`,
      ),
    broke: BROKE,
    perl: true,
  },
  {
    kind: 'pipes',
    title: 'words for a program outside, by its named pipe',
    command: PIPE,
    broke: PIPED,
    wide: true,
  },
  {
    kind: 'pipes',
    title: 'the same by links to it, by what is open already, by other roots',
    command: ({ pipe }) =>
      `echo TRIED; [ -p '${pipe}' ] || exit 0; ln -f '${pipe}' hard; ln -sf '${pipe}' soft; (exec 3<'${pipe}'; for at in hard soft /proc/self/fd/3 /dev/fd/3 /proc/1/root'${pipe}' /proc/$PPID/root'${pipe}'; do (echo evil > $at); done); (exec 3<>'${pipe}'; echo evil >&3); mv '${pipe}' moved; rm -f hard soft moved; [ -x /.oxbow-confine ] && /.oxbow-confine / -- /bin/sh -c "echo evil > '${pipe}'"; true`,
    broke: PIPED,
    wide: true,
  },
  {
    kind: 'pipes',
    title: 'the same by a process of the box that is not confined',
    command: ({ ptrace }) =>
      perl(
        `if (-x "/.oxbow-confine") { open(my $f, "+<", "/proc/1/mem") and print "BROKE memory\n"; syscall(${ptrace}, 16, 1, 0, 0) == 0 and print "BROKE attached\n" }`,
      ),
    broke: BROKE,
    perl: true,
  },
  {
    kind: 'opened',
    title: 'words for a program outside, by its named pipe',
    command: PIPE,
    broke: PIPED,
  },
  {
    kind: 'environment',
    title: 'its own variables and those of every process',
    command: () => 'echo TRIED; env; cat /proc/*/environ | tr "\\0" "\\n"',
    broke: SECRET,
  },
  {
    kind: 'descriptors',
    title: 'every open file of its own and of its parents',
    command: () =>
      'echo TRIED; for fd in /proc/self/fd/* /proc/$PPID/fd/* /proc/1/fd/*; do to=$(readlink $fd) || continue; case "$to" in pipe:*|/dev/null|/dev/pts/*|/proc/*|anon_inode:*) ;; socket:*) echo BROKE $fd $to ;; *) head -c 200 $fd; echo; echo BROKE $fd $to ;; esac; done 2>/dev/null',
    broke: (world, result) => SECRET(world, result) ?? BROKE(world, result),
  },
  {
    kind: 'terminal',
    title: 'pushing characters into any terminal at hand',
    command: () =>
      perl(
        `for my $at (qw(/dev/tty /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /dev/pts/0 /dev/pts/1 /dev/pts/2 /dev/tty1 /dev/console)) { open(my $f, "+<", $at) or open($f, "<", $at) or next; my $c = "x"; ioctl($f, 0x5412, $c) and print "BROKE $at\\n"; }`,
      ),
    broke: BROKE,
    perl: true,
  },
]
