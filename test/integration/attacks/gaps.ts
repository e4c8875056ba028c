import type { Kind } from './attack.ts'

/** The tiers that the matrix runs against, in the order of its columns. */
export const TIERS = ['process', 'container', 'microvm'] as const
export type Tier = (typeof TIERS)[number]

const LATER =
  'What was not there when the call began cannot be mounted read-only. File tools refuse what shells and a `.git` obey, and the gate asks for a command that names it. A file that sends git to other settings (`commondir`) is taken away when the command ends; in a container and a machine, a folder around a nested repository can be moved away with it.'
const DISK =
  'The workspace is a folder on your disk, which has no limit for a part of it; a command that leaves less than `sandbox.min_free_mb` free is ended.'

/** What a tier does not hold, and why. A gap that is held in fact fails the matrix, as does one that is missing here. */
export const GAPS: Readonly<Record<Tier, Partial<Record<Kind, string>>>> = {
  process: {
    opened:
      'Around a folder of programs that a profile opens in a closed one (as `~/.local/bin`, or one in your PATH) commands have memory of their own to write to, and what holds pipes cannot tell the two apart.',
    forks: 'Nothing limits their number but the system; all of them end with the call.',
    memory: 'Nothing limits it but the system; all of it is given back with the end of the call.',
    disk: DISK,
    places: '`/dev/shm` and `/var/tmp` are the box’s own and end with the call, but they are as large as the memory.',
    fresh: LATER,
    newcomers: LATER,
  },
  container: {
    disk: DISK,
    fresh: LATER,
    newcomers: LATER,
  },
  microvm: {
    disk: DISK,
    places: '`/var/tmp` and its like are the guest’s own memory, which is bounded and ends with the box.',
    fresh: LATER,
    newcomers: LATER,
  },
}
