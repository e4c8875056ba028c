import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditCheckpoint } from '../contract/index.ts'
import type { Log } from '../foundation/index.ts'
import { FarWitness } from './far-witness.ts'
import { git } from './git.ts'
import { parseWitness, type Recalled } from './witness.ts'

/** Its own branch: what else is in the repository is not touched. */
const BRANCH = 'refs/heads/oxbow-audit'
/** Where this copy keeps what it fetched and pushed last. */
const KEPT = 'refs/oxbow/witness'
const TRY_MS = 60_000
const GRACE_MS = 5_000
const PACE_MS = 30_000

export interface GitWitnessOptions {
  /** `file://…`, `https://…`, `ssh://…` or `user@host:path`. */
  remote: string
  /** A folder of our own for the copy. */
  folder: string
  /** The file of this home in the repository. */
  file: string
  /** The person's environment: git finds its programs and keys with it. */
  env: NodeJS.ProcessEnv
  journal: Pick<Log, 'warn'>
  paceMs?: number
  firstWaitMs?: number
}

/**
 * A git repository that is pushed each checkpoint: commits on a branch of its own, in one file for each home. Nothing is checked
 * out, so nothing of the repository's can run here.
 */
export class GitWitness extends FarWitness {
  readonly #options: GitWitnessOptions
  /** One at a time: they work in one copy. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: GitWitnessOptions) {
    const { remote, journal, paceMs = PACE_MS, firstWaitMs } = options
    super({
      path: remote,
      deliver: (waiting, signal) => this.#alone(() => this.#push(waiting, signal)),
      journal,
      tryMs: TRY_MS,
      graceMs: GRACE_MS,
      paceMs,
      firstWaitMs,
    })
    this.#options = options
  }

  /**
   * What the repository holds, and what this copy knows that it held.
   * @param newest told to a repository that was never told anything
   * @returns undefined where it cannot be reached
   */
  async recall(newest: AuditCheckpoint | undefined): Promise<Recalled | undefined> {
    await this.settled()
    try {
      return await this.#alone(async () => {
        const signal = AbortSignal.timeout(TRY_MS)
        const before = await this.#prepare(signal)
        const there = await this.#fetch(signal)
        if (there === undefined && before === undefined && newest) {
          await this.#push([newest], signal)
          return { checkpoints: [newest], unreadable: [] }
        }
        // A repository that was emptied, or is behind what it was, is found by what this copy kept.
        const kept = before === undefined ? [] : (await this.#read(before, signal)).checkpoints
        if (there === undefined) return undefined
        const { checkpoints, unreadable } = await this.#read(there, signal)
        return { checkpoints: distinct([...checkpoints, ...kept]), unreadable }
      })
    } catch (error) {
      this.#options.journal.warn({ err: error, witness: this.path }, 'a witness cannot be asked')
      return undefined
    }
  }

  /** @returns how many were taken: all */
  async #push(waiting: readonly AuditCheckpoint[], signal: AbortSignal): Promise<number> {
    const { remote, file } = this.#options
    await this.#prepare(signal)
    const base = await this.#fetch(signal)
    const there = base === undefined ? [] : (await this.#read(base, signal)).checkpoints
    const known = new Set(there.map(({ note }) => note))
    const fresh = waiting.filter(({ note }) => !known.has(note))
    if (fresh.length === 0) return waiting.length
    const text = [...there, ...fresh].map((checkpoint) => `${JSON.stringify(checkpoint)}\n`).join('')
    const blob = (await this.#git(['hash-object', '-w', '--stdin'], signal, text)).trim()
    const others = base === undefined ? [] : (await this.#git(['ls-tree', base], signal)).split('\n')
    const entries = [...others.filter((line) => line !== '' && !line.endsWith(`\t${file}`)), `100644 blob ${blob}\t${file}`]
    const tree = (await this.#git(['mktree'], signal, `${entries.join('\n')}\n`)).trim()
    const message = `Checkpoint over ${fresh.at(-1)!.size} entries`
    const parents = base === undefined ? [] : ['-p', base]
    const commit = (await this.#git(['commit-tree', tree, ...parents, '-m', message], signal)).trim()
    // Hooks of a repository on this computer would run here as well.
    const here = remote.startsWith('file:') ? ['--receive-pack=git -c core.hooksPath=/dev/null receive-pack'] : []
    await this.#git(['push', '-q', '--no-verify', ...here, '--', remote, `${commit}:${BRANCH}`], signal)
    await this.#git(['update-ref', KEPT, commit], signal)
    return waiting.length
  }

  /** Makes the copy where it is not there. @returns what it kept last */
  async #prepare(signal: AbortSignal): Promise<string | undefined> {
    const { folder } = this.#options
    if (!existsSync(join(folder, 'HEAD'))) {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      await this.#git(['init', '-q', '--bare', '--template='], signal)
    }
    const found = await this.#git(['for-each-ref', '--format=%(objectname)', KEPT], signal)
    return found.trim() || undefined
  }

  /** @returns the newest commit of the branch; undefined where there is none */
  async #fetch(signal: AbortSignal): Promise<string | undefined> {
    const { remote } = this.#options
    const [commit = ''] = (await this.#git(['ls-remote', '--', remote, BRANCH], signal)).split('\t')
    if (!/^[0-9a-f]{40,64}$/.test(commit)) return undefined
    await this.#git(['fetch', '-q', '--no-tags', '--no-write-fetch-head', '--', remote, commit], signal)
    return commit
  }

  async #read(commit: string, signal: AbortSignal): Promise<Recalled> {
    const { file } = this.#options
    const listed = await this.#git(['ls-tree', commit, '--', file], signal)
    return parseWitness(listed === '' ? '' : await this.#git(['cat-file', 'blob', `${commit}:${file}`], signal))
  }

  #git(args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
    const { folder, env } = this.#options
    return git(folder, args, { env, signal, ...(input !== undefined && { input }) })
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }
}

const distinct = (checkpoints: readonly AuditCheckpoint[]): AuditCheckpoint[] =>
  [...new Map(checkpoints.map((checkpoint) => [checkpoint.note, checkpoint])).values()].sort((a, b) => a.size - b.size)
