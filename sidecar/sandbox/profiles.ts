import { existsSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { type ProfileInfo, SandboxProfile } from '../contract/index.ts'
import { type Folders, foldersHere, foreignFolders } from './foreign-folders.ts'
import { isInside } from './rules.ts'

/**
 * What commands in the process tier see and reach. `~` is the person's home. What holds secrets is closed in each, the
 * workspace and the box's own temp folder are open in each.
 */
export interface Profile {
  /** What can be read, beside the workspace and never with secrets. `system`: no homes, no other disks, nothing beside the system. */
  reads: 'all' | 'system'
  /** What can be read nevertheless. */
  allowRead: readonly string[]
  /** Whether the folders that programs are found in (PATH) count as such. */
  programs: boolean
  /** Whether the folder shared between agents is there. */
  shared: boolean
  /** The hosts that the settings allow, or none at all. */
  network: 'allowed hosts' | 'none'
  /** A process sees and ends those of its own box only; the runtime offers nothing looser that would hold. */
  pid: 'own'
  /** No unix sockets, no VM sockets and no namespaces of one's own; there is nothing between this and no filter. */
  seccomp: 'no sockets of other programs'
}

/** Programs and their libraries that people install for themselves, and git's settings. None of it holds keys. */
const TOOLS = [
  ...['.nvm', '.volta', '.fnm', '.local/share/fnm', '.asdf', '.local/share/mise', '.local/share/pnpm', '.npm-global', '.bun'],
  ...['.deno', '.pyenv', '.local/bin', '.local/lib', '.local/share/uv', '.local/pipx', '.local/share/pipx', '.conda'],
  ...['miniconda3', 'miniforge3', 'anaconda3', '.rbenv', '.gem/ruby', '.rustup', '.cargo/bin', '.cargo/registry', 'go'],
  ...['.sdkman/candidates', '.jdks', '.m2/repository', '.gradle/wrapper', '.dotnet', '.nuget/packages', '.ghcup', '.opam'],
  ...['.nix-profile', '.composer/vendor', '.cache/pip', '.cache/uv', '.cache/go-build', '.cache/ms-playwright', '.gitconfig'],
  ...['.config/git/config', '.config/git/ignore'],
].map((path) => `~/${path}`)

const FENCE = { pid: 'own', seccomp: 'no sockets of other programs' } as const

/** From loose to strict. */
export const PROFILES: Readonly<Record<SandboxProfile, Profile>> = {
  minimal: { ...FENCE, reads: 'all', allowRead: [], programs: true, shared: true, network: 'allowed hosts' },
  development: {
    ...FENCE,
    reads: 'system',
    allowRead: [...TOOLS, '/home/linuxbrew'],
    programs: true,
    shared: true,
    network: 'allowed hosts',
  },
  strict: { ...FENCE, reads: 'system', allowRead: [], programs: false, shared: false, network: 'none' },
}

export const DEFAULT_PROFILE: SandboxProfile = 'development'

/** The strictest of those named; the default where none is. */
export function chooseProfile(...named: readonly (SandboxProfile | undefined)[]): SandboxProfile {
  const order = SandboxProfile.options
  const places = named.flatMap((profile) => (profile === undefined ? [] : [order.indexOf(profile)]))
  return places.length === 0 ? DEFAULT_PROFILE : order[Math.max(...places)]!
}

/** What a profile closes and opens on this computer, as absolute paths. */
export function pathsOf(
  { reads, allowRead, programs }: Profile,
  personHome: string,
  searchPath: string | undefined,
  here: Folders = foldersHere(),
): { closed: string[]; open: string[] } {
  const full = (path: string): string => (path === '~' ? personHome : path.replace(/^~(?=\/)/, personHome))
  const foreign = reads === 'all' ? [] : [personHome, ...foreignFolders(here)]
  const closed = [...new Set(foreign)].filter((path) => existsSync(path))
  const found = programs ? (searchPath ?? '').split(':').filter((path) => isAbsolute(path)) : []
  // A folder that is or holds one of the closed ones would open it.
  const open = [...allowRead.map(full), ...found.flatMap((path) => programsIn(join(path), closed, allowRead))].filter(
    (path) => closed.some((folder) => isInside(path, folder)) && closed.every((folder) => !isInside(folder, path)),
  )
  return { closed, open: [...new Set(open)].filter((path) => existsSync(path)) }
}

/** A folder of programs with what they need: the libraries beside it, and the tool it belongs to. */
function programsIn(folder: string, closed: readonly string[], tools: readonly string[]): string[] {
  const above = dirname(folder)
  // Beside a `bin` right in a home or on a disk are somebody's own files.
  const installed = basename(folder) === 'bin' && !closed.includes(above)
  const beside = installed ? ['lib', 'lib64', 'libexec'].map((name) => join(above, name)) : []
  return [folder, ...beside, ...toolOf(join(folder, '/'), tools)]
}

/** The folder of the known tool that a folder of programs belongs to, in whosever home it lies. */
function toolOf(programs: string, tools: readonly string[]): string[] {
  return tools.flatMap((tool) => {
    const at = programs.indexOf(`${tool.slice(1)}/`)
    return tool.startsWith('~') && at > 0 ? [programs.slice(0, at) + tool.slice(1)] : []
  })
}

const SECRETS = 'Keys, passwords, browsers and Oxbow itself are hidden always.'
const WORDS: Readonly<Record<SandboxProfile, Pick<ProfileInfo, 'name' | 'words' | 'reads' | 'network'>>> = {
  minimal: {
    name: 'Minimal',
    words: 'The fewest fences: for work with files from all over the computer.',
    reads: `Everything on this computer that you can read, also your documents. ${SECRETS}`,
    network: 'Only the hosts you allowed (sandbox.allow_hosts).',
  },
  development: {
    name: 'Development',
    words: 'For writing and building software: compilers and package managers work, your own files are hidden.',
    reads: `The system, and programs you installed for yourself. The rest of your home, other disks and folders beside the system are hidden. ${SECRETS}`,
    network: 'Only the hosts you allowed (sandbox.allow_hosts).',
  },
  strict: {
    name: 'Strict',
    words: 'For content you do not trust.',
    reads: `The system only. Your home, other disks and folders beside the system are hidden, with all you installed there. ${SECRETS}`,
    network: 'None, whatever hosts are allowed.',
  },
}

/** Every profile in plain words, from loose to strict. */
export function describeProfiles(): ProfileInfo[] {
  return SandboxProfile.options.map((profile) => ({
    profile,
    ...WORDS[profile],
    writes: PROFILES[profile].shared
      ? 'The workspace, the folder shared between agents, and a temporary folder of its own.'
      : 'The workspace and a temporary folder of its own.',
    processes: 'Sees and ends only what it started itself; all of that ends with the command.',
    systemCalls: 'No sockets of other programs (Docker, the desktop), no mounts, no namespaces of its own.',
  }))
}
