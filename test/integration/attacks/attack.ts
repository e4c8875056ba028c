import type { Box } from '../../../sidecar/sandbox/index.ts'
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

export const SECRET = (world: World, { output }: Result): string | undefined =>
  output.includes(world.secret) ? 'the secret came out' : undefined
export const BROKE = (_: World, { output }: Result): string | undefined => output.match(/BROKE.*/)?.[0]
export const LEFT = async (world: World): Promise<string | undefined> => {
  const left = await world.survivors()
  return left.length > 0 ? `still alive: ${left.join(', ')}` : undefined
}
export const EVIL = (world: World): string | undefined => world.evil()
/** Puts a line of shell into every folder's name that a box may know the workspace by. */
export const everywhere = (world: World, command: string): string =>
  `echo TRIED; for root in '${world.workspace}' /workspace; do cd $root 2>/dev/null || continue; ${command}; done`
export const perl = (program: string): string => `perl -e '$| = 1; print "TRIED\\n"; ${program}'`
