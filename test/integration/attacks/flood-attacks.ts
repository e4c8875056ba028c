import { type Attack, BROKE, LEFT, perl } from './attack.ts'

/** By what is too much, stays too long or does not end. */
export const FLOOD_ATTACKS: readonly Attack[] = [
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
]
