import { basename, isAbsolute, join } from 'node:path'
import type { Program } from './collect.ts'
import { gitDanger } from './git.ts'
import { type Ground, outside } from './ground.ts'
import { isShell } from './shells.ts'
import { isNarrowed, rootsOf } from './walks.ts'
import type { Word } from './words.ts'
import { written } from './written.ts'

/** Judges a program by its effect. @returns what is dangerous about it, in plain words; undefined where nothing is */
export type Danger = (name: string, words: readonly Word[], program: Program, ground: Ground) => string | undefined

/** Whether an option is among words; names of options may be shortened. */
const has = (words: readonly Word[], short: string, ...long: string[]): boolean =>
  words.some(
    (word) =>
      word !== undefined &&
      ((word.length > 3 && word.startsWith('--') && long.some((name) => name.startsWith(word.split('=')[0]!))) ||
        (/^-[a-zA-Z]+$/.test(word) && [...short].some((flag) => word.includes(flag)))),
  )

const operands = (words: readonly Word[]): Word[] => words.filter((word) => word === undefined || !word.startsWith('-'))

const DEVICE = /^\/dev\/(sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper|md|loop|mem|kmem|port)/
/** Files that others run later: what is written there acts when nobody looks. */
const RUN_LATER =
  /(^|\/)(\.git\/(hooks(\/|$)|config$|config\.worktree$|commondir$|modules\/.*(config|hooks(\/|$)))|\.git$|\.husky\/|\.vscode\/(tasks|settings|launch)\.json$|\.envrc$|\.zlogin$|\.zlogout$|\.bash_(logout|aliases|login)$|\.(bash|zsh)rc$|\.(bash_|z)?profile$|\.zshenv$|\.gitconfig$|\.config\/(autostart|systemd|git)\/|\.ssh\/(authorized_keys|config|rc)$|Library\/Launch(Agents|Daemons)\/)|^\/etc\/(cron|profile|init|systemd)|^\/var\/spool\/cron/

/** Programs that write what they name, wherever among their words. */
const PLACING = /^(?:cp|mv|ln|install|sed|rsync|curl|wget|unzip|patch|ed)$/
/** `--target-directory=x` */
const valuesOf = (words: readonly Word[]): Word[] => words.map((word) => /^--[\w-]+=(.*)$/s.exec(word ?? '')?.[1])

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
/** Letters of options with which a program gets its script in the line. */
const SCRIPT_OPTIONS = new Map([
  ['python', 'cm'],
  ['python3', 'cm'],
  ['node', 'ep'],
  ['perl', 'eE'],
  ['ruby', 'e'],
  ['php', 'r'],
])
const STOPPERS = new Set(['shutdown', 'reboot', 'halt', 'poweroff', 'telinit'])

export const dangers: readonly Danger[] = [
  (name, words, { each }, ground) => {
    if (name === 'find' && words.includes('-delete')) {
      const roots = rootsOf(words)
      const path = outside(isNarrowed(words) ? roots.map((root) => root && join(root, '{}')) : roots, ground)
      return path && `It deletes ${path} with everything in it.`
    }
    if (name === 'rsync' && has(words, '', '--delete', '--delete-before', '--delete-after', '--delete-excluded')) {
      const path = outside(operands(words).slice(-1), ground)
      return path && !path.includes(':') ? `It deletes what else is in ${path}.` : undefined
    }
    if (!/^(?:rm|shred|unlink|rmdir)$/.test(name)) return undefined
    const recursive = has(words, 'rR', '--recursive')
    // What is found one by one is deleted as surely as a folder.
    const named = operands(words).filter((word) => recursive || (each && word !== undefined))
    const path = recursive || each ? outside(named, ground) : undefined
    return path && `It deletes ${path}${recursive ? ' with everything in it' : ''}.`
  },
  (name) => (PRIVILEGE.has(name) ? `It asks for the rights of another user (${name}).` : undefined),
  (name, words) => (name === 'git' ? gitDanger(words) : undefined),
  (name, words, program) => {
    const all = [...written(name, words, program), ...(name === 'cp' || name === 'mv' ? operands(words) : [])]
    const device = all.find((word) => word !== undefined && DEVICE.test(word))
    return device && `It writes over the disk ${device}.`
  },
  (name) => (FORMATTERS.has(name) || name.startsWith('mkfs.') ? `It changes or wipes a disk (${name}).` : undefined),
  (name, words, program, { at }) => {
    const all = [...written(name, words, program), ...(PLACING.test(name) ? [...operands(words), ...valuesOf(words)] : [])]
    const file = all.find((word) => word !== undefined && RUN_LATER.test(isAbsolute(word) || !at ? word : join(at, word)))
    return file && `It writes ${file}, which is run later by itself.`
  },
  (name, words, { from }) => {
    const source = from?.[0] === undefined ? undefined : basename(from[0])
    if (source === undefined || !FETCHERS.has(source) || !RUNNERS.has(name)) return undefined
    // With a script of its own, what comes is only read.
    const own = !isShell(name) && (has(words, SCRIPT_OPTIONS.get(name) ?? '', '--eval', '--print') || operands(words).length > 0)
    return own ? undefined : 'It runs what it downloads, unseen.'
  },
  (name, words, _, ground) => {
    if (name !== 'chmod' && name !== 'chown' && name !== 'chgrp') return undefined
    const path = has(words, 'R', '--recursive') ? outside(operands(words).slice(1), ground) : undefined
    if (path) return `It changes the rights of ${path} with everything in it.`
    return name === 'chmod' && words.some((word) => /(?:^|,)[ugoa]*[+=][rwxXt]*s|^0?[2-7][0-7]{3}$/.test(word ?? ''))
      ? 'It lets a program run as its owner (set-uid).'
      : undefined
  },
  (name, words) => {
    if (STOPPERS.has(name) || (name === 'init' && /^[06]$/.test(words[0] ?? ''))) return 'It stops this computer.'
    // The first -1 is a signal.
    return (name === 'kill' && words.slice(1).includes('-1')) || name === 'killall5'
      ? 'It ends every process of yours.'
      : undefined
  },
  (name, words) =>
    name === 'crontab' && !has(words, 'l', '--list') ? 'It changes what runs at set times (crontab).' : undefined,
  (name, words) => (/^(?:at|batch)$/.test(name) && !has(words, 'l') ? `It changes what runs at set times (${name}).` : undefined),
  (name, words) => (name === 'history' && has(words, 'c') ? 'It clears the history of the shell.' : undefined),
]
