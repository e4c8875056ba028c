import { basename } from 'node:path'
import { hostsIn } from './hosts-in.ts'
import { type Judgement, judgeCommand } from './judge.ts'
import { foldersOf, type NamedPlace, placesIn } from './places.ts'
import { type Sweep, sweepOf } from './sweeps.ts'
import { troubleOf } from './words-of.ts'

/** What a command line names and would do. It is known from the text alone: nothing in it is a permission. */
export interface Reading {
  judgement: Judgement
  /** Hosts that its addresses name. */
  hosts: readonly string[]
  places: readonly NamedPlace[]
  /** Folders that it may stand in while it runs, the workspace first. */
  folders: readonly string[]
  /** What it reads beside what it names. */
  sweep: Sweep
  /** Why it is asked whatever the mode. */
  trouble: string | undefined
  /** Whether it is plainly about the network. */
  fetches: boolean
  /** Whether it shows names and numbers alone, for sure. */
  harmless: boolean
}

/** Command lines whose reading is kept, and the longest of them in UTF-16 units. */
const MOST_KEPT = 200
const MOST_UNITS = 4096

/** Reads command lines; those read lately are kept, as a call is judged when it is asked for, explained, and again when it was answered. */
export class CommandReader {
  readonly #home: string
  readonly #kept = new Map<string, Reading>()

  /** @param home the person's home, which `~` stands for */
  constructor(home: string) {
    this.#home = home
  }

  /** A reading that is kept. */
  known(command: string, workspace: string): Reading | undefined {
    return this.#kept.get(`${workspace}\0${command}`)
  }

  /** Never throws: what cannot be read is unclear. */
  async read(command: string, workspace: string): Promise<Reading> {
    const known = this.known(command, workspace)
    if (known) return known
    try {
      const reading = readingOf(await judgeCommand(command, { workspace, home: this.#home }), workspace)
      if (command.length <= MOST_UNITS) this.#keep(`${workspace}\0${command}`, reading)
      return reading
    } catch (error) {
      const unclear = `commands cannot be read: ${error instanceof Error ? error.message : error}`
      return readingOf({ ...UNREAD, unclear }, workspace)
    }
  }

  #keep(key: string, reading: Reading): void {
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value!)
    this.#kept.set(key, reading)
  }
}

function readingOf(judgement: Judgement, workspace: string): Reading {
  return {
    judgement,
    hosts: hostsIn(judgement.words),
    places: placesIn(judgement, workspace),
    folders: foldersOf(judgement.started, workspace),
    sweep: sweepOf(judgement.started),
    trouble: troubleOf(judgement),
    fetches: fetches(judgement),
    harmless: judgement.plain,
  }
}

/** Of a line that could not be judged. */
const UNREAD: Judgement = {
  programs: [],
  started: [],
  words: [],
  writes: [],
  blind: true,
  dangers: [],
  unclear: undefined,
  plain: false,
}

/** Programs whose work is to fetch, and those that fetch with such a word. */
const FETCHERS = new Set(
  'curl wget fetch aria2c http https xh nc ncat socat ssh scp sftp rsync ftp telnet dig nslookup host gh glab aws gcloud az kubectl docker podman apt apt-get yum dnf apk brew'.split(
    ' ',
  ),
)
const MANAGERS = new Set('git npm pnpm yarn npx pip pip3 uv uvx cargo go gem bundle composer poetry deno bun'.split(' '))
const FETCHING =
  /^(?:clone|fetch|pull|push|install|i|ci|add|update|upgrade|get|download|sync|exec|dlx|create|init|publish|view|remote|submodule|ls-remote)$/

function fetches({ programs, words }: Judgement): boolean {
  const names = programs.map((name) => basename(name))
  if (names.some((name) => FETCHERS.has(name))) return true
  if (words.some((word) => /\b(?:https?|ftp|wss?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/.test(word))) return true
  return names.some((name) => MANAGERS.has(name)) && words.some((word) => FETCHING.test(word))
}
