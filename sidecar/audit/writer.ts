import type { AuditCheckpoint } from '../contract/index.ts'
import { atomically, type Clock, type Db, ifUndone, type Log, OxbowError } from '../foundation/index.ts'
import { canonical } from './canonical.ts'
import { signCheckpoint } from './checkpoint.ts'
import { type AuditEvent, entryOf, type Unplaced, unsaid } from './event.ts'
import type { FarWitness } from './far-witness.ts'
import type { AuditKeys } from './keys.ts'
import { Growth } from './merkle/growth.ts'
import { leafHash } from './merkle/hash.ts'
import { type NoteSigner, noteSigner } from './note.ts'
import { Scrubber } from './scrub.ts'
import { type AuditStore, STRIDE } from './store.ts'
import type { Witness } from './witness.ts'

/** An event waits at most this long for its batch, in milliseconds. */
const SOON_MS = 25
/** Events that may wait; the next one is written with them at once. */
const MOST_PENDING = 512
/** A checkpoint is signed after this many entries, or this long after the first that none covers. */
const SIGN_EVERY = 256
const SIGN_AFTER_MS = 60_000
/** Leaves read at once when the tree has to be built anew. */
const CHUNK = 4096

/** What a room is handed to write into the record. */
export interface Audit {
  /** Takes note of an event; it is written with others a little later. */
  record(event: AuditEvent): void
  /**
   * Writes what waits, now; inside a transaction as a part of it. Before what was decided takes effect.
   * @throws when it cannot be written: then nothing may take effect
   */
  flush(): void
}

export interface WriterOptions {
  db: Db
  clock: Clock
  keys: AuditKeys
  /** Told of every checkpoint. */
  witnesses: readonly Witness[]
  /** Told as well, and never waited for. */
  posts?: readonly FarWitness[]
  journal: Log
  /** Secrets of this computer by value; they are never recorded. */
  known?: () => readonly string[]
  /** File of the threads that verify; absent: the usual one. */
  worker?: string
}

/** The one writer of the record. Nothing is read, and no key made, before the first event is written. */
export class AuditWriter implements Audit {
  readonly #options: WriterOptions
  readonly #store: () => AuditStore
  readonly #wakes = new Set<() => void>()
  #tree: Growth | undefined
  #signed = 0
  #pending: Unplaced[] = []
  #soon: NodeJS.Timeout | undefined
  #later: NodeJS.Timeout | undefined
  #signer: Promise<NoteSigner | undefined> | undefined
  #signing: Promise<unknown> = Promise.resolve()
  #closed = false

  /** @param store asked for when the first event is written: preparing its statements takes a while */
  constructor(options: WriterOptions, store: () => AuditStore) {
    this.#options = options
    this.#store = store
  }

  record(event: AuditEvent): void {
    if (this.#closed) return
    const { db } = this.#options
    const pending = this.#entryOf(event)
    this.#pending.push(pending)
    // It is part of the transaction, and goes with it.
    ifUndone(db, () => {
      this.#pending = this.#pending.filter((other) => other !== pending)
    })
    if (this.#pending.length >= MOST_PENDING) this.flush()
    else this.#wait()
  }

  flush(): void {
    if (this.#pending.length === 0) return
    const { db } = this.#options
    const before = this.#opened()
    const tree = before.clone()
    const batch = this.#pending
    atomically(db, () => {
      for (const entry of batch) {
        const text = canonical({ ...entry, position: tree.size })
        const leaf = leafHash(text)
        this.#store().insert(tree.size, leaf, text)
        tree.append(leaf, (height, position, root) => {
          if (height % STRIDE === 0) this.#store().putNode(height / STRIDE, position, root)
        })
      }
      this.#store().saveState(tree)
    })
    this.#pending = []
    this.#tree = tree
    // With the transaction around it goes what was written; what waits again and was a part of that takes itself away.
    ifUndone(db, () => {
      this.#tree = before
      this.#pending = [...batch, ...this.#pending]
      this.#wait()
    })
    this.#scheduleSigning()
    for (const wake of this.#wakes) wake()
  }

  /** Made at once, so that nobody changes it any more; and always made, so that no event keeps others from being written. */
  #entryOf(event: AuditEvent): Unplaced {
    const { clock, known, journal } = this.#options
    const at = clock.iso()
    try {
      return entryOf(event, at, new Scrubber(known?.()))
    } catch (error) {
      journal.error({ err: error, title: event.title }, 'an event cannot be put into words: that it happened is recorded')
      return unsaid(event, at)
    }
  }

  /** How many entries there are. */
  get size(): number {
    return this.#opened().size
  }

  /** Signs what no checkpoint covers yet. @returns the newest checkpoint; undefined while the record is empty */
  checkpoint(): Promise<AuditCheckpoint | undefined> {
    const signed = this.#signing.then(() => this.#sign())
    this.#signing = signed.catch(() => {})
    return signed
  }

  /** The public key in one word; made when there is none yet. @throws OxbowError `audit.locked` */
  async key(): Promise<string> {
    const key = (await this.#loadSigner())?.key ?? this.#options.keys.known()
    if (key === undefined) throw locked()
    return key
  }

  /** @param wake called after entries were written. @returns what ends it */
  subscribe(wake: () => void): () => void {
    this.#wakes.add(wake)
    return () => this.#wakes.delete(wake)
  }

  /** Writes and signs the rest. Later events are not recorded. */
  async close(): Promise<void> {
    if (this.#closed) return
    clearTimeout(this.#soon)
    // A sidecar that recorded nothing has nothing to sign, and need not look.
    if (this.#tree || this.#pending.length > 0)
      await this.checkpoint().catch((error: unknown) =>
        this.#options.journal.error({ err: error }, 'the audit record is not signed'),
      )
    this.#closed = true
    clearTimeout(this.#soon)
    clearTimeout(this.#later)
    await Promise.all((this.#options.posts ?? []).map((post) => post.close()))
  }

  async #sign(): Promise<AuditCheckpoint | undefined> {
    const { clock, witnesses, journal } = this.#options
    this.flush()
    const tree = this.#opened()
    if (tree.size <= this.#signed) return this.#store().latestCheckpoint()
    const signer = await this.#loadSigner()
    if (!signer) return this.#store().latestCheckpoint()
    // More may have come while the key was loaded.
    const { size } = this.#opened()
    const checkpoint = signCheckpoint(signer, size, this.#opened().root(), clock.iso())
    this.#store().addCheckpoint(checkpoint)
    this.#signed = size
    clearTimeout(this.#later)
    this.#later = undefined
    for (const witness of [...witnesses, ...(this.#options.posts ?? [])]) {
      try {
        witness.remember(checkpoint)
      } catch (error) {
        journal.warn({ err: error, witness: witness.path }, 'a witness cannot be told of a checkpoint')
      }
    }
    return checkpoint
  }

  #loadSigner(): Promise<NoteSigner | undefined> {
    if (!this.#signer) {
      this.#signer = this.#options.keys.load().then((pem) => {
        if (pem !== undefined) return noteSigner(pem)
        this.#options.journal.warn(
          {},
          'the key of the audit record lies in a keychain that cannot be opened from here: it is signed later',
        )
        return undefined
      })
      this.#signer.catch(() => {
        this.#signer = undefined
      })
    }
    return this.#signer
  }

  #scheduleSigning(): void {
    const due = this.#opened().size - this.#signed >= SIGN_EVERY
    if (due && this.#later) {
      clearTimeout(this.#later)
      this.#later = undefined
    }
    if (this.#later) return
    const sign = (): void => {
      this.#later = undefined
      this.checkpoint().catch((error: unknown) => {
        this.#options.journal.error({ err: error }, 'the audit record cannot be signed')
      })
    }
    this.#later = setTimeout(sign, due ? 0 : SIGN_AFTER_MS).unref()
  }

  #wait(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      try {
        this.flush()
      } catch (error) {
        this.#options.journal.error({ err: error, waiting: this.#pending.length }, 'the audit record cannot be written')
        if (!this.#closed) this.#wait()
      }
    }, SOON_MS).unref()
  }

  #opened(): Growth {
    if (this.#tree) return this.#tree
    this.#tree = this.#open()
    this.#signed = Math.min(this.#store().latestCheckpoint()?.size ?? 0, this.#tree.size)
    return this.#tree
  }

  /**
   * Goes on where the record ends. One whose state does not fit its entries was tampered with: it goes on all the same, as
   * what happens now must be recorded, and verification tells.
   */
  #open(): Growth {
    const rows = this.#store().rows()
    const kept = this.#store().loadState() ?? (rows === 0 ? new Growth() : undefined)
    if (kept && kept.size === rows) return kept
    this.#options.journal.error({ rows, size: kept?.size }, 'the audit record was changed from outside: run `oxbow audit verify`')
    if (kept && kept.size > rows) return kept
    const tree = new Growth()
    for (let start = 0; start < rows; start += CHUNK)
      for (const leaf of this.#store().leaves(start, start + CHUNK)) tree.append(leaf)
    // A missing row leaves its place empty, so that no other takes it.
    return tree.size === rows ? tree : new Growth(rows, tree.peaks)
  }
}

const locked = (): OxbowError =>
  new OxbowError(
    'CONFLICT',
    'audit.locked',
    "the key of the audit record lies in the system's keychain, which cannot be opened from here",
    'Start Oxbow in its window once.',
  )
