import { basename, resolve, sep } from 'node:path'
import type { Program } from './collect.ts'
import type { Word } from './words.ts'

export interface Ground {
  workspace: string
  /** False once the line went to another folder, or to one that nobody can tell. */
  inside: boolean
}

/** Judges a program by its effect. @returns what is dangerous about it, in plain words; undefined where nothing is */
export type Danger = (name: string, words: readonly Word[], program: Program, ground: Ground) => string | undefined

const has = (words: readonly Word[], short: string, ...long: string[]): boolean =>
  words.some(
    (word) =>
      word !== undefined &&
      (long.includes(word) || (/^-[a-zA-Z]+$/.test(word) && [...short].some((flag) => word.includes(flag)))),
  )

const operands = (words: readonly Word[]): Word[] => words.filter((word) => word === undefined || !word.startsWith('-'))

/** The first word that lies, or may lie, outside the workspace. */
function outside(words: readonly Word[], { workspace, inside }: Ground): string | undefined {
  for (const word of words) {
    if (word === undefined) return 'a path that only running it would tell'
    const path = resolve(workspace, word)
    if (!inside && !word.startsWith('/')) return `${word} of another folder`
    if (path === workspace && (word === workspace || /^(\.|\.\/|\*|\.\/\*)$/.test(word))) return 'the whole workspace'
    if (path !== workspace && !path.startsWith(workspace + sep)) return word
    if (path === workspace) return 'the whole workspace'
  }
  return undefined
}

const DEVICE = /^\/dev\/(sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper|md|loop|mem|kmem|port)/
/** Files that others run later: what is written there acts when nobody looks. */
const RUN_LATER =
  /(^|\/)(\.git\/(hooks\/|config$)|\.envrc$|\.zlogin$|\.(bash|zsh)rc$|\.(bash_|z)?profile$|\.zshenv$|\.bash_login$|\.config\/(autostart|systemd)\/|\.ssh\/authorized_keys$|Library\/Launch(Agents|Daemons)\/)|^\/etc\/(cron|profile|init|systemd)|^\/var\/spool\/cron/

const PRIVILEGE = new Set(['sudo', 'doas', 'pkexec', 'su', 'runuser', 'setcap', 'chroot', 'nsenter', 'unshare'])
const FETCHERS = new Set(['curl', 'wget', 'fetch', 'aria2c', 'http', 'https', 'xh', 'nc', 'ncat', 'socat'])
const RUNNERS = new Set([
  'sh',
  'bash',
  'dash',
  'zsh',
  'ksh',
  'ash',
  'fish',
  'python',
  'python3',
  'node',
  'perl',
  'ruby',
  'php',
  'deno',
  'bun',
])
const FORMATTERS = new Set([
  'mkfs',
  'wipefs',
  'fdisk',
  'sfdisk',
  'parted',
  'sgdisk',
  'diskutil',
  'mkswap',
  'shred',
  'blkdiscard',
  'hdparm',
])
/** Options of git itself that take a value. */
const GIT_VALUED = new Set(['-c', '-C', '--git-dir', '--work-tree', '--namespace', '--exec-path'])
const STOPPERS = new Set(['shutdown', 'reboot', 'halt', 'poweroff', 'telinit'])

export const dangers: readonly Danger[] = [
  (name, words, _, ground) => {
    const recursive = (name === 'rm' && has(words, 'rR', '--recursive')) || (name === 'find' && words.includes('-delete'))
    if (!recursive) return undefined
    const where = name === 'find' ? operands(words).slice(0, 1) : operands(words)
    const path = outside(where, ground)
    return path && `It deletes ${path} with everything in it.`
  },
  (name) => (PRIVILEGE.has(name) ? `It asks for the rights of another user (${name}).` : undefined),
  (name, words) => {
    if (name !== 'git') return undefined
    const at = words.findIndex(
      (word, place) => word === undefined || !(word.startsWith('-') || GIT_VALUED.has(words[place - 1] ?? '')),
    )
    const rest = words.slice(at + 1)
    if (
      words[at] === 'push' &&
      (has(rest, 'f', '--force', '--mirror', '--delete', '-d') ||
        rest.some((word) => /^(--force-with-lease|\+|:)/.test(word ?? '')))
    )
      return 'It overwrites or deletes what others may have on the git server.'
    if (words[at] === 'reset' && rest.includes('--hard'))
      return 'It throws away changes that are not committed (git reset --hard).'
    if (words[at] === 'clean' && has(rest, 'f', '--force')) return 'It deletes files that git does not know (git clean).'
    if (
      words[at] === 'config' &&
      rest.some((word) => /^(core\.(hookspath|editor|sshcommand|fsmonitor|pager)|alias\.|credential\.)/i.test(word ?? ''))
    )
      return 'It changes what git runs later.'
    return undefined
  },
  (name, words, { writes }) => {
    const target = name === 'dd' ? words.find((word) => word?.startsWith('of='))?.slice(3) : undefined
    const all = [...writes, target, ...(name === 'tee' || name === 'cp' || name === 'mv' ? operands(words) : [])]
    const device = all.find((word) => word !== undefined && DEVICE.test(word))
    return device && `It writes over the disk ${device}.`
  },
  (name) => (FORMATTERS.has(name) || name.startsWith('mkfs.') ? `It changes or wipes a disk (${name}).` : undefined),
  (name, words, { writes }) => {
    const all = [...writes, ...(/^(tee|cp|mv|ln|install|sed)$/.test(name) ? operands(words) : [])]
    const file = all.find((word) => word !== undefined && RUN_LATER.test(word))
    return file && `It writes ${file}, which is run later by itself.`
  },
  (name, _, { from }) => {
    const source = from?.[0] === undefined ? undefined : basename(from[0])
    return source !== undefined && FETCHERS.has(source) && RUNNERS.has(name) ? 'It runs what it downloads, unseen.' : undefined
  },
  (name, words, _, ground) => {
    if (name !== 'chmod' && name !== 'chown' && name !== 'chgrp') return undefined
    const path = has(words, 'R', '--recursive') ? outside(operands(words).slice(1), ground) : undefined
    if (path) return `It changes the rights of ${path} with everything in it.`
    return name === 'chmod' && words.some((word) => /^[ugo]*\+[rwx]*s|^[246]7[0-7]{2}$/.test(word ?? ''))
      ? 'It lets a program run as its owner (set-uid).'
      : undefined
  },
  (name, words) => {
    if (STOPPERS.has(name) || (name === 'init' && /^[06]$/.test(words[0] ?? ''))) return 'It stops this computer.'
    return (name === 'kill' || name === 'killall5') && words.includes('-1') && words.length > 1
      ? 'It ends every process of yours.'
      : undefined
  },
  (name, words) =>
    name === 'crontab' && !has(words, 'l', '--list') ? 'It changes what runs at set times (crontab).' : undefined,
  (name, words) => (name === 'history' && has(words, 'c') ? 'It clears the history of the shell.' : undefined),
]
