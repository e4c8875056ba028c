import { type Box, openFile, replaceFile } from '../../../sidecar/sandbox/index.ts'
import type { Result, World } from './world.ts'

/** What attacks aim at: the rows of the table in the README. */
export const KINDS = {
  read: 'reading outside the workspace',
  write: 'writing outside the workspace',
  links: 'symbolic links, hard links, renames',
  races: 'paths swapped while a file tool uses them',
  proc: '`/proc`: other processes, other roots',
  ptrace: 'debugging a process outside',
  mount: 'mounts and namespaces',
  device: 'device nodes',
  socket: 'unix sockets, `docker.sock`',
  datagrams: 'unix sockets for datagrams, where a box has a way out',
  pipes: 'named pipes outside that a program reads',
  opened: 'named pipes beside programs that are opened in a closed folder',
  shared: 'shared memory and keys that the system keeps for others',
  direct: 'network: direct connections',
  dns: 'network: names looked up past the proxy',
  proxy: 'network: past the proxy where hosts are allowed',
  metadata: 'network: the metadata address of clouds',
  environment: 'keys in the environment',
  descriptors: 'open files left from the sidecar',
  terminal: 'typing into a terminal (TIOCSTI)',
  forks: 'a flood of processes',
  memory: 'a flood of memory',
  disk: 'a flood of files in the workspace',
  places: 'a flood of files elsewhere',
  output: 'a flood of output',
  survivors: 'processes that outlive their call',
  evasion: 'evading a time-out',
  hooks: 'git hooks and settings, `.oxbow`',
  fresh: 'hooks of a repository the command makes itself',
  startup: 'startup files of shells that are there',
  newcomers: 'startup files that are not there yet',
} as const
export type Kind = keyof typeof KINDS

/** One attack. Its command prints TRIED once it got as far as to attack, so that none is held by a missing program. */
export interface Attack {
  kind: Kind
  title: string
  command(world: World): string
  /** What is run after it in the same box, which finds what the first left. */
  next?(world: World): string
  /** Why it was not held; undefined when it was. */
  broke(world: World, result: Result): Promise<string | undefined> | string | undefined
  timeoutMs?: number
  /** Whether it is a system call, for which the box needs perl. */
  perl?: true
  /** Run in a box with a way out. */
  hosts?: true
  /** Run in a box that may see all of the computer but secrets. */
  wide?: true
  /** What the sidecar does while the command runs, once it has printed TRIED; the call is cancelled after it. */
  during?(world: World, box: Box): Promise<void>
}

const SECRET = (world: World, { output }: Result): string | undefined =>
  output.includes(world.secret) ? 'the secret came out' : undefined
const BROKE = (_: World, { output }: Result): string | undefined => output.match(/BROKE.*/)?.[0]
const LEFT = async (world: World): Promise<string | undefined> => {
  const left = await world.survivors()
  return left.length > 0 ? `still alive: ${left.join(', ')}` : undefined
}
const EVIL = (world: World): string | undefined => world.evil()
/** Puts a line of shell into every folder's name that a box may know the workspace by. */
const everywhere = (world: World, command: string): string =>
  `echo TRIED; for root in '${world.workspace}' /workspace; do cd $root 2>/dev/null || continue; ${command}; done`
const perl = (program: string): string => `perl -e '$| = 1; print "TRIED\\n"; ${program}'`

const DATAGRAM = ({ datagrams }: World): string =>
  perl(
    `use Socket; socketpair(my $s, my $other, AF_UNIX, SOCK_DGRAM, 0); send($s, "evil", 0, pack("S a*", 1, "${datagrams}")) and print "BROKE: sent";`,
  )

const PIPED: Attack['broke'] = (world) => (world.piped().includes('evil') ? 'the program outside got them' : undefined)
const PIPE = ({ pipe }: World): string => `echo TRIED; [ -p '${pipe}' ] && echo evil > '${pipe}'; true`

export const ATTACKS: readonly Attack[] = [
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
    kind: 'read',
    title: 'cat and cp of keys, of Oxbow’s own files and of another workspace',
    command: ({ secrets }) => `echo TRIED; ${secrets.map((path) => `cat '${path}'; cp '${path}' s && cat s`).join('; ')}`,
    broke: SECRET,
  },
  {
    kind: 'read',
    title: 'a search from the root of all of it',
    command: ({ root }) => `echo TRIED; grep -rs SECRET- '${root}' | head -n 5`,
    broke: SECRET,
  },
  {
    kind: 'write',
    title: 'plain writes to system, home and other folders',
    command: ({ root, person }) =>
      `echo TRIED; for at in '${root}' '${person}' /etc /usr/bin /var/lib /opt; do echo evil > $at/evil; done; cp /bin/sh '${root}/evil'`,
    broke: EVIL,
  },
  {
    kind: 'write',
    title: 'settings of the kernel',
    command: () =>
      'echo TRIED; for at in kernel/core_pattern vm/overcommit_memory kernel/hostname; do cat /proc/sys/$at > old; (cat old > /proc/sys/$at) 2>/dev/null && echo BROKE $at; done',
    broke: BROKE,
  },
  {
    kind: 'links',
    title: 'a symbolic link to outside, read and written through',
    command: ({ root, secrets }) =>
      `ln -sfn '${root}' out; ln -sf '${secrets[0]}' soft; echo TRIED; echo evil > out/evil; cat soft out/person/.ssh/*`,
    broke: (world, result) => EVIL(world) ?? SECRET(world, result),
  },
  {
    kind: 'links',
    title: 'a hard link to a secret, a move out and back',
    command: ({ root, secrets }) =>
      `echo TRIED; ln -f '${secrets[0]}' hard; cat hard; echo evil > m; mv m '${root}/evil'; mv '${secrets[0]}' stolen; cat stolen`,
    broke: (world, result) => EVIL(world) ?? SECRET(world, result),
  },
  {
    kind: 'links',
    title: 'links in place of start-up files, met by the next call',
    command: ({ home, secrets }) =>
      `ln -sfn '${home}' .zlogin; ln -sf '${secrets[0]}' .zshenv; ln -sf /etc/shadow .profile; echo TRIED`,
    next: () =>
      "cat .zlogin/oxbow.db .zshenv; echo evil > .zlogin/evil; grep -q '^root:' .profile && echo BROKE shadow; rm -f .zlogin .zshenv .profile",
    broke: (world, result) => EVIL(world) ?? SECRET(world, result) ?? BROKE(world, result),
  },
  {
    kind: 'links',
    title: 'a link in the workspace, opened by a file tool',
    command: ({ secrets }) => `rm -f trap; ln -s '${secrets[0]}' trap && echo TRIED; sleep 20`,
    during: async (world, box) => {
      await openFile(box, 'trap').then(
        ({ handle }) => handle.close().then(() => world.note('it was opened')),
        () => {},
      )
    },
    broke: (world) => world.noted,
  },
  {
    kind: 'races',
    title: 'a folder that is swapped for a link, as fast as can be',
    command: ({ outside }) => `${perl(SWAP(outside))}`,
    during: race,
    broke: (world) => world.noted,
    perl: true,
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
  {
    kind: 'forks',
    title: 'as many processes as the computer gives',
    command: ({ mark, most }) => `echo TRIED; i=0; while [ $i -lt ${most.processes} ]; do sleep ${mark} & i=$((i+1)); done; wait`,
    during: async (world) => {
      for (let looks = 0; looks < 15 && world.noted === undefined; looks += 1) {
        const alive = (await world.survivors()).length
        if (alive >= world.most.processes) world.note(`${alive} ran at once`)
        await new Promise((done) => setTimeout(done, 150))
      }
    },
    broke: (world) => world.noted,
  },
  {
    kind: 'memory',
    title: 'more than a box may have',
    command: ({ most }) => perl(`my $n = ${most.memory}; my $x = "x" x $n; print "BROKE got ", length($x), "\\n";`),
    broke: BROKE,
    perl: true,
  },
  {
    kind: 'disk',
    title: 'one large file in the workspace',
    command: ({ most }) => `echo TRIED; head -c ${most.disk} /dev/zero > big && echo BROKE written; rm -f big`,
    broke: BROKE,
  },
  {
    kind: 'places',
    title: 'one large file in each other place that can be written',
    command: ({ most }) =>
      `echo TRIED; for at in /dev/shm /run /var/tmp /run/lock /var/lock /; do head -c ${most.disk} /dev/zero > $at/big && echo BROKE $at; rm -f $at/big; done 2>/dev/null`,
    broke: BROKE,
  },
  {
    kind: 'output',
    title: 'more output than anyone can read',
    command: ({ most }) => `echo TRIED; head -c ${most.output} /dev/zero | tr '\\0' x`,
    broke: (world, { grown, bytes }) =>
      bytes < world.most.output
        ? `only ${bytes} bytes came`
        : grown > 100 * 2 ** 20
          ? `memory grew by ${grown} bytes`
          : undefined,
  },
  {
    kind: 'survivors',
    title: 'a daemon, after the call ended by itself',
    command: ({ mark }) =>
      `(setsid sleep ${mark} >/dev/null 2>&1 &); (setsid sh -c "sleep ${mark} & exec sleep ${mark}" >/dev/null 2>&1 &); echo TRIED`,
    broke: LEFT,
  },
  {
    kind: 'survivors',
    title: 'daemons without the call’s environment, after its guard was killed',
    command: ({ mark }) => `env -i setsid sleep ${mark} >/dev/null 2>&1 & echo TRIED; sleep 0.2; kill -9 $PPID; kill -9 -1`,
    broke: LEFT,
    timeoutMs: 5000,
  },
  ...['HUP', 'USR1', 'ALRM', 'SEGV', '40'].map(
    (signal): Attack => ({
      kind: 'survivors',
      title: `a daemon, after its guard got the signal ${signal}`,
      command: ({ mark }) => `(setsid sleep ${mark} >/dev/null 2>&1 &); echo TRIED; sleep 0.2; kill -${signal} $PPID; sleep 0.2`,
      broke: LEFT,
      timeoutMs: 5000,
    }),
  ),
  {
    kind: 'survivors',
    title: 'a double fork that ignores every signal, after a time-out',
    command: ({ mark }) =>
      `echo TRIED; (setsid sh -c "trap '' TERM HUP INT; (sleep ${mark} >/dev/null 2>&1 &); while :; do sleep ${mark}; done" >/dev/null 2>&1 &); trap '' TERM; sleep ${mark}`,
    broke: LEFT,
    timeoutMs: 700,
  },
  {
    kind: 'evasion',
    title: 'stopping itself and its guard, ignoring every signal',
    command: ({ mark }) =>
      `echo TRIED; trap '' TERM INT HUP QUIT ALRM; sleep ${mark} & kill -STOP $PPID; kill -STOP $!; sleep ${mark}`,
    broke: async (world, { reason }) => (reason === 'timeout' ? LEFT(world) : `it ended by ${reason}`),
    timeoutMs: 700,
  },
  {
    kind: 'evasion',
    title: 'output without end',
    command: () => 'echo TRIED; while :; do echo y; done',
    broke: (_, { reason }) => (reason === 'timeout' ? undefined : `it ended by ${reason}`),
    timeoutMs: 700,
  },
  {
    kind: 'hooks',
    title: 'a hook in the repository, also by moving what holds it',
    command: (world) =>
      everywhere(
        world,
        'echo evil > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; mv .git/hooks .git/h; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit; mv .git g; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit; rm -rf .git/hooks; mkdir -p .git/hooks; echo evil > .git/hooks/pre-commit',
      ),
    broke: EVIL,
  },
  {
    kind: 'hooks',
    title: 'the repository’s settings and Oxbow’s own',
    command: (world) =>
      everywhere(
        world,
        'for at in .git/config .oxbow/config.toml; do echo evil >> $at; rm -f $at; echo evil > $at; echo evil > new; mv new $at; done; mv .oxbow o; mkdir .oxbow; echo evil > .oxbow/config.toml; rm -f new',
      ),
    broke: EVIL,
  },
  {
    kind: 'hooks',
    title: 'settings and hooks of submodules, of work trees and of nested repositories',
    command: (world) =>
      everywhere(
        world,
        'for at in .git/modules/sub .git/worktrees/tree nested/.git; do for name in config config.worktree hooks/pre-commit; do echo evil >> $at/$name; rm -f $at/$name; echo evil > $at/$name; done; mv $at moved; mkdir -p $at/hooks; echo evil > $at/config; done; echo evil > .git/config.worktree; mv .git/modules m; mkdir -p .git/modules/sub; echo evil > .git/modules/sub/config',
      ),
    broke: EVIL,
  },
  {
    kind: 'hooks',
    title: 'a file that sends git to settings of its own',
    command: (world) =>
      everywhere(world, 'mkdir -p c; echo evil > c/config; echo ../c > .git/commondir; echo evil >> .git/commondir; rm -rf c'),
    broke: EVIL,
  },
  {
    kind: 'fresh',
    title: 'a repository inside the workspace, with a hook',
    command: () =>
      'mkdir -p sub/.git/hooks && echo TRIED; echo evil > sub/.git/hooks/pre-commit && echo BROKE written; rm -rf sub',
    broke: BROKE,
  },
  {
    kind: 'startup',
    title: 'the workspace’s .bashrc, and those of the person',
    command: (world) =>
      `${everywhere(world, 'echo evil >> .bashrc; rm -f .bashrc; echo evil > .bashrc; echo evil > new; mv new .bashrc; rm -f new')}; for at in .bashrc .profile .zshrc .config/autostart/x.desktop; do echo evil >> '${world.person}/'$at; done`,
    broke: EVIL,
  },
  {
    kind: 'newcomers',
    title: 'an .envrc that was not there',
    command: () => 'echo TRIED; echo evil > .envrc && echo BROKE written; rm -f .envrc',
    broke: BROKE,
  },
]

/** Swaps a folder for a link to the outside and back, and a file in it, until it is ended. */
const SWAP = (outside: string): string =>
  `mkdir "folder"; symlink("${outside}", "folder-link"); open(my $f, ">", "folder/file"); print $f "mine"; close $f; print "RACING\\n"; my $end = time + 20; while (time < $end) { rename("folder", "folder-kept"); rename("folder-link", "folder"); rename("folder", "folder-link"); rename("folder-kept", "folder"); unlink("folder/file"); symlink("${outside}/file", "folder/file"); unlink("folder/file"); open(my $g, ">", "folder/file"); print $g "mine"; close $g; }`

/** Reads and writes by file tools while the paths are swapped: nothing from outside may come, and nothing get there. */
async function race(world: World, box: Box): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    await openFile(box, tries % 2 === 0 ? 'folder/file' : 'folder/only-there').then(
      async ({ handle }) => {
        if ((await handle.readFile('utf8')).includes(world.secret)) world.note('a file outside was read')
        await handle.close()
      },
      () => {},
    )
    await replaceFile(box, `folder/file-${tries % 7}`, Buffer.from('evil')).catch(() => {})
  }
}
