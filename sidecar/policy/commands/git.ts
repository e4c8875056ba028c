import type { Program } from './collect.ts'
import type { Inner } from './inner.ts'
import { together, type Word } from './words.ts'

/** Options of git itself that take a value. */
const VALUED = new Set(['-c', '-C', '--git-dir', '--work-tree', '--namespace', '--exec-path', '--super-prefix', '--config-env'])
/** Settings whose value git runs, or that lead to others. */
const RUN_SETTING =
  /^(?:core\.(?:hookspath|editor|sshcommand|fsmonitor|pager|askpass|gitproxy|attributesfile|alternaterefscommand)|alias\.|credential\.|filter\..*\.(?:clean|smudge|process)|diff\.(?:external|.*\.(?:command|textconv))|merge\..*\.driver|(?:diff|merge)tool\.|include(?:if)?\.|gpg\.|sequence\.editor|pager\.|browser\.|remote\..*\.(?:uploadpack|receivepack|proxy|vcs)|url\..*insteadof|protocol\.|uploadpack\.|init\.templatedir|man\.|web\.browser|sendemail\.|trailer\..*\.c(?:md|ommand)|submodule\..*\.update|hook\.|extensions\.worktreeconfig|interactive\.difffilter|http\.proxy)/i
/** Long options that name a program; git takes them shortened, too. */
const STARTING = [
  ...['upload-pack', 'receive-pack', 'exec', 'open-files-in-pager', 'extcmd', 'rsh', 'tree-filter', 'index-filter'],
  ...['parent-filter', 'msg-filter', 'env-filter', 'commit-filter', 'tag-name-filter'],
].map((name) => `--${name}`)
/** By the command of git. */
const SHORT_STARTING = new Map([
  ['rebase', '-x'],
  ['difftool', '-x'],
  ['grep', '-O'],
  ['clone', '-u'],
])

/** The command of git and its words, behind git's own options. */
export function gitCommand(words: readonly Word[]): { command: Word; rest: readonly Word[]; own: readonly Word[] } {
  let at = 0
  while (at < words.length && words[at]?.startsWith('-')) at += VALUED.has(words[at]!) ? 2 : 1
  return { command: words[at], rest: words.slice(at + 1), own: words.slice(0, at) }
}

/** What git is told to start: by settings given along, by options, or by commands that run others. */
export function gitStarts(words: readonly Word[], start: (words: readonly Word[]) => Program): Inner {
  const { command, rest, own } = gitCommand(words)
  const scripts: Word[] = []
  own.forEach((word, at) => {
    const setting =
      word === '-c' || word === '--config-env' ? own[at + 1] : word?.startsWith('--config-env=') ? word.slice(13) : ''
    if (setting === undefined || RUN_SETTING.test(setting) || word?.startsWith('--exec-path=')) scripts.push(undefined)
  })
  rest.forEach((word, at) => {
    if (word === undefined) return
    const [name = '', value] = word.split(/=(.*)/s)
    if (name.length > 4 && STARTING.some((one) => one.startsWith(name))) scripts.push(value ?? rest[at + 1])
    else if (command !== undefined && SHORT_STARTING.get(command) === word.slice(0, 2))
      scripts.push(word.length > 2 ? word.slice(2) : rest[at + 1])
    else if (/^-c$|^--config$/.test(word) && command === 'clone' && RUN_SETTING.test(rest[at + 1] ?? '')) scripts.push(undefined)
    else if (command === 'clone' && name === '--config' && RUN_SETTING.test(value ?? '')) scripts.push(undefined)
    // Its hooks come along.
    else if ((command === 'clone' || command === 'init') && name.startsWith('--templ')) scripts.push(undefined)
    // `ext::` runs what stands behind it.
    if (/^(?:ext|fd)::/.test(word)) scripts.push(undefined)
  })
  const operands = rest.filter((word) => word === undefined || !word.startsWith('-'))
  if (command === 'submodule' && operands[0] === 'foreach') scripts.push(together(operands.slice(1)))
  return { programs: command === 'bisect' && operands[0] === 'run' ? [start(operands.slice(1))] : [], scripts }
}

/** What a call of git undoes or changes for others, in plain words. */
export function gitDanger(words: readonly Word[]): string | undefined {
  const { command, rest } = gitCommand(words)
  const has = (short: string, ...long: string[]): boolean => rest.some((word) => isOption(word, short, long))
  if (
    command === 'push' &&
    (has('fd', '--force', '--force-with-lease', '--mirror', '--delete', '--prune') || rest.some(isForced))
  )
    return 'It overwrites or deletes what others may have on the git server.'
  if (command === 'reset' && has('', '--hard')) return 'It throws away changes that are not committed (git reset --hard).'
  // Without -f it depends on a setting.
  if (command === 'clean' && !has('n', '--dry-run')) return 'It deletes files that git does not know (git clean).'
  return command === 'config' && changes(rest) ? 'It changes what git runs later.' : undefined
}

const isForced = (word: Word): boolean => /^[+:]/.test(word ?? '')

/** Names of options may be shortened as long as one fits. */
const isOption = (word: Word, short: string, long: readonly string[]): boolean => {
  if (word === undefined) return false
  const [name = ''] = word.split('=')
  if (name.startsWith('--')) return name.length > 3 && long.some((one) => one.startsWith(name))
  return /^-[a-zA-Z]+$/.test(word) && [...short].some((flag) => word.includes(flag))
}

/** Whether a setting that git runs is given a value; to read one changes nothing. */
function changes(rest: readonly Word[]): boolean {
  const at = rest.findIndex((word) => word !== undefined && RUN_SETTING.test(word))
  return (
    at >= 0 && !rest.some((word) => /^--(?:get.*|unset.*|list)$|^get$|^unset$|^list$/.test(word ?? '')) && rest.length > at + 1
  )
}
