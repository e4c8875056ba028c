import type { TaintedFile, TaintMark } from '../contract/index.ts'
import type { Judgement } from './commands/judge.ts'
import { placeIn } from './place.ts'
import type { PrivatePaths } from './private-paths.ts'
import type { TaintedFiles } from './tainted-files.ts'

/** Sources told of each label; the label counts, however many there are. */
export const MOST_SOURCES = 100

/** What a call reads, as far as its arguments say. */
export interface Touch {
  tool: string
  workspace: string
  /** Files it names, absolute; also as they are behind every link. */
  paths: readonly string[]
  /** The command it runs. */
  judgement: Judgement | undefined
  /** Whether it runs something. */
  runs: boolean
  /** Whether the conversation holds words from outside: then the command may be theirs. */
  untrusted: boolean
}

export interface Toucher {
  privates: PrivatePaths
  files: TaintedFiles
}

/** Tools that take nothing from the file they name. */
const BLIND_WRITERS = new Set(['write'])

/** Programs that show nothing but names and numbers. */
const HARMLESS = new Set(
  'ls pwd echo printf date wc true false mkdir touch rmdir which uname whoami basename dirname sleep test [ : cd stat du tree'.split(
    ' ',
  ),
)
/** Words looked at in one command, and names in one word. */
const MOST_WORDS = 2000
const TOKENS = /[^\s'"`(),;=:@<>|&{}[\]]+/g

/** Labels that a call brings into the conversation, by what it names. */
export function touched(touch: Touch, { privates, files }: Toucher): TaintMark[] {
  const marks = new Map<string, TaintMark>()
  const counts = { untrusted: 0, private: 0 }
  const add = (mark: TaintMark): void => {
    const key = `${mark.label} ${mark.source}`
    if (counts[mark.label] >= MOST_SOURCES || marks.has(key)) return
    counts[mark.label] += 1
    marks.set(key, mark)
  }
  const addFile = (file: TaintedFile): void => {
    for (const label of file.labels)
      if (counts[label] < MOST_SOURCES) add({ label, source: file.path, reason: inherited(label, file) })
  }
  const { tool, workspace, paths, judgement, runs, untrusted } = touch
  const lookAt = (path: string): void => {
    const why = privates.why(path, workspace)
    if (why !== undefined) add({ label: 'private', source: path, reason: why })
    if (path.startsWith('/vault/')) add({ label: 'untrusted', source: path, reason: 'it was not made here' })
    const known = files.of(path)
    if (known) addFile(known)
  }
  if (!BLIND_WRITERS.has(tool)) for (const path of paths) lookAt(path)
  if (judgement) {
    for (const word of judgement.words.slice(0, MOST_WORDS)) {
      for (const [token] of word.matchAll(TOKENS)) {
        if (token.startsWith('-') && !token.includes('/')) continue
        if (/[*?]/.test(token)) {
          const why = privates.whyPattern(token, workspace)
          if (why !== undefined) add({ label: 'private', source: token, reason: why })
          for (const file of files.matching(placeIn(workspace, token))) addFile(file)
        } else lookAt(placeIn(workspace, token))
      }
    }
  }
  if (untrusted && runs && !(judgement && isHarmless(judgement)))
    add({
      label: 'private',
      source: 'a command',
      reason: 'words from outside may have asked for it, and it may read whatever its box can',
    })
  return [...marks.values()]
}

/** Names and numbers alone, for sure. */
function isHarmless({ programs, blind, unclear }: Judgement): boolean {
  return !blind && unclear === undefined && programs.every((name) => HARMLESS.has(name))
}

const inherited = (label: TaintMark['label'], { source }: TaintedFile): string =>
  label === 'untrusted' ? `it was written with words from outside (${source})` : `it was written with what is private (${source})`

/** Programs whose work is to fetch, and those that fetch with such a word. */
const FETCHERS = new Set(
  'curl wget fetch aria2c http https xh nc ncat socat ssh scp sftp rsync ftp telnet dig nslookup host gh glab aws gcloud az kubectl docker podman apt apt-get yum dnf apk brew'.split(
    ' ',
  ),
)
const MANAGERS = new Set('git npm pnpm yarn npx pip pip3 uv uvx cargo go gem bundle composer poetry deno bun'.split(' '))
const FETCHING =
  /^(?:clone|fetch|pull|push|install|i|ci|add|update|upgrade|get|download|sync|exec|dlx|create|init|publish|view|remote|submodule|ls-remote)$/

/** Whether a command line is plainly about the network. */
export function fetches({ programs, words }: Judgement): boolean {
  if (programs.some((name) => FETCHERS.has(name))) return true
  if (words.some((word) => /\b(?:https?|ftp|wss?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(word))) return true
  return programs.some((name) => MANAGERS.has(name)) && words.some((word) => FETCHING.test(word))
}
