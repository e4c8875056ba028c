import type { Started } from './judge.ts'
import { isWalk } from './walks.ts'
import type { Word } from './words.ts'

/** What a command line reads without naming each file. */
export interface Sweep {
  /** It reads all that lies below the folders it names; where it names none, below where it stands. */
  folders: 'named' | 'named or its own' | undefined
  /** It shows a file whose name only running it would tell. */
  blind: boolean
  /** Whether hidden files are among them. */
  hidden: boolean
}

/** Programs that show what is in the files they name, or carry it elsewhere. What runs code of its own is none of them. */
const READERS = new Set(
  'cat head tail less more bat sed awk gawk mawk sort uniq cut strings xxd od hexdump base64 nl tac rev paste join comm diff cmp jq yq grep egrep fgrep zcat zgrep fold fmt column iconv cp mv ln dd install rsync tar zip source .'.split(
    ' ',
  ),
)
/** Programs that look through where they stand, hidden files left out unless they are told. */
const SEARCHERS = new Set(['rg', 'ag', 'ack'])
const ALL_FILES = /^-[a-zA-Z]*[.uU]|^--(?:hidden|unrestricted|no-ignore)/
/** Programs that take a folder with all in it. */
const CARRIERS = new Set(['tar', 'zip', '7z', 'rsync', 'mv'])
const COPIERS = new Set(['cp', 'scp', 'diff'])
const GREPS = new Set(['grep', 'egrep', 'fgrep', 'zgrep'])
const RECURSIVE = /^-[a-zA-Z]*[rRa]|^--(?:dereference-)?(?:recursive|archive)/
const STARTS_OTHERS = /^(?:-exec|-execdir|-ok|-okdir|-x|-X|--exec|--exec-batch)$/

const any = (words: readonly Word[], shape: RegExp): boolean => words.some((word) => word !== undefined && shape.test(word))

export function sweepOf(started: readonly Started[]): Sweep {
  const sweep: Sweep = { folders: undefined, blind: false, hidden: false }
  const take = (folders: NonNullable<Sweep['folders']>, hidden: boolean): void => {
    sweep.folders = folders === 'named' ? (sweep.folders ?? folders) : folders
    sweep.hidden ||= hidden
  }
  let lost = false
  for (const { name, words, reads } of started) {
    if ((name === 'cd' || name === 'pushd') && words.some((word) => word === undefined || /[*?[{]/.test(word))) lost = true
    if (SEARCHERS.has(name)) take('named or its own', any(words, ALL_FILES))
    else if (GREPS.has(name) && any(words, /^-[a-zA-Z]*[rR]|^--(?:dereference-)?recursive/)) take('named or its own', true)
    else if (isWalk(name) && any(words, STARTS_OTHERS)) take('named or its own', true)
    else if (CARRIERS.has(name) || (COPIERS.has(name) && any(words, RECURSIVE))) take('named', true)
    if (reads.includes(undefined) || (READERS.has(name) && words.includes(undefined))) sweep.blind = true
    if (words.some((word) => word?.startsWith('/proc/')) && READERS.has(name)) sweep.blind = true
    if (name === 'shopt' && words.includes('dotglob')) sweep.hidden = true
  }
  // Where it stands nobody knows.
  if (lost && started.some(({ name }) => READERS.has(name))) sweep.blind = true
  return sweep
}
