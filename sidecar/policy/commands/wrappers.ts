import type { OptionSpec } from './options.ts'

/** How a program that starts another is read: its options, and what stands before the other's name. */
export interface Wrapper extends OptionSpec {
  /** Words before the program: a duration, a folder. */
  leading?: number
  /** Whether what it starts is one line for a shell. */
  line?: boolean
}

/** Programs whose whole work is to start another. */
export const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  builtin: {},
  command: { flags: 'p' },
  exec: { flags: 'cl', valued: 'a' },
  time: { flags: 'pvaqV', valued: 'of', long: ['portability', 'verbose', 'append', 'quiet'], longValued: ['output', 'format'] },
  nohup: {},
  setsid: { flags: 'cfw', long: ['ctty', 'fork', 'wait'] },
  chronic: { flags: 'veo' },
  unbuffer: { flags: 'p' },
  nice: { valued: 'n', longValued: ['adjustment'], numbers: true },
  ionice: { flags: 't', valued: 'cn', long: ['ignore'], longValued: ['class', 'classdata'] },
  timeout: {
    flags: 'fpv',
    valued: 'ks',
    long: ['foreground', 'preserve-status', 'verbose'],
    longValued: ['kill-after', 'signal'],
    leading: 1,
  },
  stdbuf: { valued: 'ioe', longValued: ['input', 'output', 'error'] },
  watch: {
    flags: 'bcdegtwC',
    valued: 'nq',
    long: ['beep', 'color', 'no-color', 'errexit', 'chgexit', 'precise', 'no-title', 'no-wrap'],
    longValued: ['interval', 'equexit'],
    longJoined: ['differences'],
    line: true,
  },
  xargs: {
    flags: '0rtxop',
    valued: 'ILnPdEsa',
    joined: 'ile',
    long: ['null', 'no-run-if-empty', 'verbose', 'exit', 'interactive', 'open-tty'],
    longValued: ['max-args', 'max-procs', 'delimiter', 'arg-file', 'max-chars', 'process-slot-var'],
    longJoined: ['replace', 'max-lines', 'eof'],
  },
  sudo: {
    flags: 'AbBEHinkKPSsv',
    valued: 'CDghpRrTtUu',
    long: ['askpass', 'background', 'preserve-env', 'set-home', 'login', 'non-interactive', 'stdin', 'shell'],
    longValued: ['user', 'group', 'host', 'prompt', 'chdir', 'chroot', 'command-timeout', 'role', 'type'],
  },
  doas: { flags: 'nsL', valued: 'uCa' },
  pkexec: { long: ['disable-internal-agent'], longValued: ['user'] },
  chroot: { longValued: ['userspec', 'groups'], long: ['skip-chdir'], leading: 1 },
  strace: { flags: 'cCdDfFhiknqrtTvVwxyzZ', valued: 'abeEIoOpPsSuUX', long: ['follow-forks', 'summary-only'] },
}

/** Programs that start what they are given, with options that are not read here: whatever stands behind may be it. */
export const STARTERS = new Set(
  'taskset chrt prlimit setpriv setarch linux32 linux64 numactl cgexec systemd-run firejail bwrap dbus-run-session dbus-launch xvfb-run valgrind ltrace gdb lldb faketime proxychains proxychains4 torsocks torify eatmydata fakeroot rlwrap expect screen tmux dtach start-stop-daemon run-parts entr watchexec nodemon catchsegv perf hyperfine cpulimit ssh-agent keychain flock parallel nsenter unshare runcon sg newgrp capsh toybox'.split(
    ' ',
  ),
)
